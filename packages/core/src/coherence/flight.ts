/**
 * One way of a key through the slower tiers to its value, for all callers of this process that want it meanwhile.
 *
 *     looking ──hit─────────────────────────────▶ done
 *        └─miss─▶ claiming ──found───────────────▶ done
 *                  │  ▲ ▲ └─granted─▶ loading ────▶ done (then filling)
 *                  │  │ └─found, not accepted: claimed over
 *                  │  └─ waiting ◀─taken; too long: loading without a lease
 *                  └──nobody answers, or the key's invalidation is on its way: loading without a lease
 *
 * A refresh begins at claiming, and is done where another holds the lease.
 */
import type { Entry, EntryOptions } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import type { StandIn } from './lookup.ts'

/** What a loader found, and how it is to be kept; tags may be learnt from the value. */
export interface Loaded {
  /** `undefined`: there is nothing. */
  readonly value: unknown
  /** How a value is kept. Default: see `EntryOptions`. */
  readonly options?: EntryOptions
  /** Of the row or resource, for values that are also `set` with a version. Default: none. */
  readonly version?: number
  /** How long, in ms, it is remembered that there is nothing. Default: not at all. */
  readonly negativeTtlMs?: number
}

/** What a load is told. */
export interface LoadContext {
  /** What would stand in for it if it failed now. */
  readonly standIn: Entry | undefined
  /** Whether nothing is known against that but that its time is over: it might do without a load. */
  readonly isOnlyExpired: boolean
  /** Aborts when all who waited for it have left. */
  readonly signal: AbortSignal
}

export type Load = (context: LoadContext) => Promise<Loaded>

/** What a caller gets, and what can be said of it. */
export type Outcome =
  | {
      readonly kind: 'value'
      readonly entry: Entry
      readonly source: string
      /** No invalidation acknowledged before this moment is missing from it. */
      readonly checkedAt: number
      readonly stale: StaleReason | undefined
    }
  /** The loader found nothing, and nothing is kept. */
  | {
      readonly kind: 'nothing'
      readonly checkedAt: number
      readonly entry: { readonly tags: readonly string[]; readonly stamp: Stamp }
    }
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * `slow`: its time is over and a load is under way; within the promise. `failed`: it stands in for a load that failed.
 * `cut`: nobody could be asked. The last two are outside the promise.
 */
export type StaleReason = 'slow' | 'failed' | 'cut'

export type Phase =
  | { readonly kind: 'looking' }
  | { readonly kind: 'claiming'; readonly reject: Stamp | undefined }
  | { readonly kind: 'waiting'; readonly reject: Stamp | undefined; readonly forMs: number }
  | { readonly kind: 'loading'; readonly token: string | undefined }
  | { readonly kind: 'done'; readonly outcome: Outcome }

export interface Flight {
  readonly key: string
  readonly begunAt: number
  /** What was known as it began, and the tags its caller knew beforehand. */
  readonly stamp: Stamp
  readonly tags: readonly string[]
  readonly outcome: Promise<Outcome>
  /** What was found on the way and not accepted. */
  readonly standIns: readonly StandIn[]
  /** Once the tiers have been looked through: what may stand in is known. */
  readonly looked: Promise<void>
  /** How many wait for it, those among them who ran out of time. */
  waiting: number
  /** Aborts when all of them have left. */
  readonly abandoned: AbortController
}

/** What a flight carries along. */
export interface Journey {
  readonly key: string
  readonly load: Load
  readonly standIns: StandIn[]
  /** What is replaced though it is still fresh. */
  readonly held: Entry | undefined
  /** Of the key as it began. */
  readonly named: number
  readonly deletions: number
  /** When waiting for the lease of another ends, by the clock of this process. */
  readonly waitUntil: number
  /** A refresh takes no part where another loads already. */
  readonly waits: boolean
  /** What the caller holds and wants replaced. */
  readonly reject: Stamp | undefined
  /** What is there is looked at to be replaced: only a load will do. */
  readonly fresh: boolean
  /** What the value must not miss. */
  readonly after: Stamp | undefined
  /** Told once the tiers have been looked through. */
  readonly onLooked: () => void
  /** Told as it begins to wait for the load of another process. */
  readonly onWait: (() => void) | undefined
  /** Aborts when nobody wants the value any more. */
  readonly abandoned: AbortSignal
}
