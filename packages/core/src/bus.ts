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
  readonly own: boolean
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
}

export interface Rule {
  readonly stamp: Stamp
  readonly mode: InvalidationMode
  readonly target: { readonly pattern: string } | { readonly all: true }
}

/** What the bus remembers: enough to judge an entry that this process heard nothing about. */
export interface Rules {
  readonly known: Stamp
  /** Stands for every tag the record no longer holds. */
  readonly floor: number
  /** Tag → sequence of its last invalidation, of the tags asked for that have one. */
  readonly tags: ReadonlyMap<string, number>
  readonly rules: readonly Rule[]
}

export type Unsubscribe = () => void

/** The order of invalidations, and who hears it. Draft: proven and frozen with the coherence model. */
export interface InvalidationBus extends AsyncDisposable {
  readonly contract: Contract
  publish(invalidation: Invalidation): Promise<Published>
  /** Own frames are delivered too, marked `own`: gaps could not be counted otherwise. */
  subscribe(listener: (frame: Frame) => void): Unsubscribe
  sync(): BusSync
  /** Rules and tags newer than `since`. */
  rules(since: Stamp, tags?: readonly string[]): Promise<Rules>
  close(): Promise<void>
}
