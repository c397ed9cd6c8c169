import type { Contract } from './contract.ts'
import type { Entry } from './entry.ts'
import type { Stamp } from './stamp.ts'

export type Awaitable<T> = T | PromiseLike<T>

/**
 * A place entries are kept. It may lose an entry early, never return one at or after its `expiresAt`, and never return
 * one under another key. Proved by `tierContract` of testkit. `signal` makes a pending call reject with its reason;
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
  /** Fences for loads by many processes. Shared tiers only. */
  readonly fills?: Fills<T>
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

/** Draft: proven and frozen with the coherence model. A fill is stored only while its claim still stands. */
export interface Fills<T = unknown> {
  claim(keys: readonly string[], options: ClaimOptions): Awaitable<ReadonlyMap<string, Claim<T>>>
  /** Whether it was stored: `false` once the claim was taken away by an invalidation or ran out. */
  fill(key: string, entry: Entry<T>, token: string): Awaitable<boolean>
  /** Whether the claim still stands. */
  renew(token: string): Awaitable<boolean>
  release(token: string): Awaitable<void>
}

export interface ClaimOptions {
  /** How long the claim stands unless renewed, in ms. > 0. No default. */
  forMs: number
  /** Entries the caller holds and does not accept, by key with the stamp of each. Default: none. */
  reject?: ReadonlyMap<string, Stamp>
}

export type Claim<T = unknown> =
  | { readonly kind: 'found'; readonly entry: Entry<T> }
  | { readonly kind: 'granted'; readonly token: string }
  | { readonly kind: 'taken'; readonly forMs: number }
