import type { InvalidationMode, RuleTarget, Unsubscribe } from './bus.ts'
import type { Clock } from './clock.ts'
import type { Contract } from './contract.ts'
import type { Entry } from './entry.ts'
import type { Stamp } from './stamp.ts'

export type Awaitable<T> = T | PromiseLike<T>

/**
 * A place entries are kept. It may lose an entry early, never return one at or after its `expiresAt`, and never return
 * one under another key. Calls for one key take effect in the order they were made. Proved by `tierContract` of testkit. `signal` makes a pending call reject with its reason;
 * a synchronous tier ignores it.
 */
export interface Tier<T = unknown> extends AsyncDisposable {
  /** Label in events and metrics; unique within one cache. */
  readonly name: string
  /** `process`: only this process reads it. `shared`: others read and write it too. */
  readonly scope: 'process' | 'shared'
  readonly contract: Contract
  /** Whether no call can hang: synchronous, or under a deadline and breaker of its own. Otherwise a cache adds `guard`. */
  readonly guarded: boolean
  get(key: string, signal?: AbortSignal): Awaitable<Entry<T> | undefined>
  /** Absent keys are absent from the map. */
  getMany(keys: readonly string[], signal?: AbortSignal): Awaitable<ReadonlyMap<string, Entry<T>>>
  /** Replaces value, dates and tags. An entry already expired leaves the key absent. */
  set(key: string, entry: Entry<T>, signal?: AbortSignal): Awaitable<void>
  setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Awaitable<void>
  /** Gone, grace included. Absent keys are no error. */
  deleteMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void>
  /** Marked stale. Absent keys are no error. */
  invalidateMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void>
  /** Removes this tier's own keys only. */
  clear(signal?: AbortSignal): Awaitable<void>
  stats(): TierStats
  /** Idempotent. Afterwards every call but `stats` throws or rejects with `ClosedError`, and nothing of the tier runs. */
  close(): Awaitable<void>
  /** Fences for loads and writes by many processes. Shared tiers only. */
  readonly fills?: Fills<T>
  /** Private tiers whose entries outlive the process only. */
  readonly journal?: Journal
  /** Synchronous private tiers only: the shortest way to a hit. */
  readonly marked?: MarkedValues<T>
}

/**
 * Values that were found good, and marked so. While the mark is the same they are good still, as far as their dates go:
 * who changes what speaks against entries changes the mark.
 */
export interface MarkedValues<T = unknown> {
  /** That dates are measured by. */
  readonly clock: Clock
  /** The value under `key`, if it is fresh, was marked so since it was set, and `until` is later than now; else `undefined`. Counts as a use. */
  valueMarked(key: string, mark: number, until: number): T | undefined
  /** Marks what is under `key`. @param mark > 0. */
  mark(key: string, mark: number): void
}

/** Counters never decrease. What a tier cannot know cheaply is `undefined`. */
export interface TierStats {
  readonly entries: number | undefined
  readonly bytes: number | undefined
  readonly hits: number
  readonly misses: number
  readonly sets: number
  readonly deletes: number
  readonly evictions: number
  /** Entries that were there and could not be trusted: damaged, of another format, or of another key. */
  readonly rejected: number
  /** Operations that failed or ran past their deadline. */
  readonly failures: number
}

/**
 * How many processes share a tier without undoing each other. A lease stands for one key: `deleteMany`,
 * `invalidateMany`, `write` and `bury` take it away, and a fill without its lease is refused. A versioned value that is
 * removed leaves its version behind for a while. Each call is atomic for one key.
 */
export interface Fills<T = unknown> {
  /** For each key: the value that is there, or the lease to load it under, or who else holds that. */
  claim(keys: readonly string[], options: ClaimOptions): Awaitable<ReadonlyMap<string, Claim<T>>>
  /** Whether it was stored: `false` once the lease was taken away or ran out. */
  fill(key: string, entry: Entry<T>, token: string, options?: WriteOptions): Awaitable<boolean>
  /** Makes the lease stand for its `forMs` again; whether it still stood. */
  renew(token: string): Awaitable<boolean>
  release(token: string): Awaitable<void>
  /** Stores what a writer knows, and takes the lease away. */
  write(key: string, entry: Entry<T>, options?: WriteOptions): Awaitable<Written>
  /**
   * What is there goes, unless it has a higher version; for a while writes of lower ones are refused. Takes the lease
   * away.
   */
  bury(key: string, version: number): Awaitable<void>
  /** Removes what `target` names of entries that are older than `before` or not comparable with it; in small steps. */
  sweep(target: RuleTarget, before: Stamp): Awaitable<void>
  /** Calls back when what was acknowledged may be undone: a new connection, another primary. */
  watch(listener: () => void): Unsubscribe
}

export interface ClaimOptions {
  /** How long the lease stands unless renewed, in ms. > 0. No default. */
  forMs: number
  /** Entries the caller does not accept, by key with the stamp of each: as if absent. Default: none. */
  reject?: ReadonlyMap<string, Stamp>
}

export type Claim<T = unknown> =
  | { readonly kind: 'found'; readonly entry: Entry<T> }
  | { readonly kind: 'granted'; readonly token: string }
  /** Somebody else loads; their lease stands for `forMs` more unless renewed. */
  | { readonly kind: 'taken'; readonly forMs: number }

export interface WriteOptions {
  /** Version of the row or resource: a write of a lower one than is stored is refused. Default: none, the last write wins. */
  version?: number
}

/**
 * `older`: a higher version is there and stays. `dropped`: the order could not be told, for one of the two has no
 * version, so that nothing is there now.
 */
export type Written = 'stored' | 'older' | 'dropped'

/** What a tier that outlives its process remembers of the bus. */
export interface Journal {
  /** Up to where all frames were applied to what is stored, by this process or an earlier one; `undefined` for nowhere. */
  read(): Awaitable<Stamp | undefined>
  /** In one transaction: the keys go, or are marked stale, and all frames up to `stamp` count as applied here. */
  mark(stamp: Stamp, removal?: Removal): Awaitable<void>
  /** Frames were lost: what is stored now comes back without `checkedAt`, and `read` says `undefined` until the next mark. */
  distrust(): Awaitable<void>
}

export interface Removal {
  readonly mode: InvalidationMode
  readonly keys: readonly string[]
}
