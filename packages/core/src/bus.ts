import type { Contract } from './contract.ts'
import type { Stamp } from './stamp.ts'

/** `delete`: gone, grace included. `invalidate`: stale from now; grace may still cover a failed load. */
export type InvalidationMode = 'delete' | 'invalidate'

export type InvalidationTarget =
  | { readonly keys: readonly string[] }
  | { readonly tags: readonly string[] }
  | { readonly pattern: string }
  | { readonly all: true }

/** What must no longer be trusted. */
export type Invalidation = { readonly mode: InvalidationMode } & InvalidationTarget

/** An invalidation as it arrives: its place in the order, and whether this process sent it. Carries no values. */
export interface Frame {
  readonly stamp: Stamp
  readonly invalidation: Invalidation
  /** Whether it came from this bus object, and so from this process. */
  readonly own: boolean
  /** What the publisher called itself, where several share one bus. */
  readonly from?: string
}

export interface Published {
  /** Its place in the order; absent if it could not be sent. */
  readonly stamp?: Stamp
  /** Whether all who listen to this bus will hear it. `false`: it took effect in this process only. */
  readonly propagated: boolean
}

/** Where this process stands in the order of invalidations. */
export interface BusSync {
  /** Everything sent before this moment (by the clock of this process, ms) has been delivered here. */
  readonly trustedSince: number
  /** Highest stamp seen in any reply: it stamps a load at its beginning. */
  readonly known: Stamp
  /** Last frame delivered with none missing before it. */
  readonly applied: Stamp
  /** How long after `trustedSince` a private copy may still be served unseen, in ms; `Infinity` where nothing is lost. */
  readonly leaseMs: number
}

/**
 * What befell the order itself. `lost`: frames were missed that cannot be had any more, so that private copies made
 * before this moment prove nothing. `undone`: what this process had acknowledged may be gone from the record and the
 * shared tiers, so that it should be sent again.
 */
export type BusEvent = 'lost' | 'undone'

export type RuleTarget = { readonly pattern: string } | { readonly all: true }

export interface Rule {
  readonly stamp: Stamp
  readonly mode: InvalidationMode
  readonly target: RuleTarget
}

/** The last invalidation of a tag. */
export interface TagMark {
  readonly sequence: number
  /** `delete` once one of the tag's invalidations was a delete. */
  readonly mode: InvalidationMode
}

/** What the bus remembers: enough to judge an entry that this process heard nothing about. */
export interface Rules {
  readonly known: Stamp
  /** Stands for every tag the record no longer holds: sequence of the last that was dropped for room. */
  readonly floor: number
  /** Of the tags asked for, those that have one. */
  readonly tags: ReadonlyMap<string, TagMark>
  readonly rules: readonly Rule[]
  /** Sequence of the last rule that was retired: shared tiers were swept of what it named, private ones were not. */
  readonly retired: number
}

export type Unsubscribe = () => void

/** The order of invalidations, and who hears it. */
export interface InvalidationBus extends AsyncDisposable {
  readonly contract: Contract
  /** Gives the invalidation its place and tells everyone. Shared tiers are the caller's to clear, before. */
  publish(invalidation: Invalidation, from?: string): Promise<Published>
  /** Own frames are delivered too, marked `own`: gaps could not be counted otherwise. */
  subscribe(listener: (frame: Frame) => void): Unsubscribe
  watch(listener: (event: BusEvent) => void): Unsubscribe
  sync(): BusSync
  /** Frames after this stamp are wanted, of before this process began: they are replayed, or `lost` is told. */
  resume(after: Stamp): void
  /** Rules and tags newer than `since`, as they are at a moment after the call. */
  rules(since: Stamp, tags?: readonly string[]): Promise<Rules>
  /**
   * The shared tiers were swept of what the rule names: it need not be remembered. A record that has merged it into a
   * wider one, or has another history by now, does nothing.
   */
  retire(rule: Rule): Promise<void>
  close(): Promise<void>
}
