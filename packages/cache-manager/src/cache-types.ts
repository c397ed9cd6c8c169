import type { Awaitable, Duration, Entry, EntryOptions, Published } from '@greenlang/core'
import type { CacheAnalytics } from './analytics.ts'

/** How one value is kept. Tags belong to the value: every caller of a key names the same ones. */
export interface LoadOptions extends EntryOptions {
  /** Share of its ttl after which a hit is loaded anew in the background. > 0, < 1. Default: never. */
  refreshAfter?: number
  /** How long who waits for what. Default `{}`. */
  timeouts?: LoadTimeouts
  /** How long it is remembered that a load found nothing. > 0. Default: not at all. */
  negativeTtl?: Duration
  /** Pause after a load that failed, while a stale value stands in for it. >= 0. Default `'1s'`. */
  throttle?: Duration
  /** Share of the ttl by which a life may be shorter, drawn once for each value: not all are over at once. >= 0, < 1. Default `0`. */
  jitter?: number
  /** Ends the wait of this caller with its reason. The load that the last one leaves is aborted. Default: never. */
  signal?: AbortSignal
}

export interface LoadTimeouts {
  /**
   * How long a caller waits for a load before it takes a value that is only over its ttl, and has a grace; the load goes on. `0` is
   * stale-while-revalidate. >= 0. Default: it waits for the load.
   */
  soft?: Duration
  /** How long it waits at most; then a stale value with a grace stands in, or it gets LoadTimeoutError. > 0, `Infinity` for ever. Default `'30s'`. */
  hard?: Duration
  /** Longest life of a load: it is aborted and counts as failed. Keep it below that of leases, 30 s. > 0. Default `'30s'`. */
  load?: Duration
}

export interface LoadContext {
  /** What this load would replace and could stand in for it, if anything: for conditional requests. */
  readonly stale: Entry | undefined
  /** Aborts when the cache closes, when nobody waits any more, and when the load has taken too long. */
  readonly signal: AbortSignal
  /** How this value is kept: fields that are not named keep what they had. @throws InvalidOptionError */
  configure(options: EntryOptions): void
  /** Return it to keep the stale value, with a new life. @throws InvalidArgumentError where there is none. */
  notModified(): never
  /** Makes the load a failed one. @throws LoadFailedError with the reason as its cause. */
  fail(reason: unknown): never
}

/** Makes the value of a key. `undefined` means not found: returned to the callers, not stored. */
export type Loader<T> = (context: LoadContext) => Awaitable<T>

/** What an invalidation reached. In this process it holds in any case, from the moment of the call. */
export interface InvalidationResult extends Published {
  /**
   * Whether it is acknowledged: what it names is gone from the shared tiers, and every process on the bus will hear it.
   * `false` if the bus failed or a shared tier was not reached, and it is sent again until it was; and if there is a shared tier
   * but no `bus` was given: those who share the tier then keep what they hold in memory until its `ttl` is over.
   */
  readonly propagated: boolean
  /**
   * Names of the tiers that could not be reached. This cache does not believe them for what was invalidated until they
   * were; other processes may read the old value there until then.
   */
  readonly unreached: readonly string[]
}

/** Keys or tags; lists of strings that are not empty may be empty themselves. */
export type InvalidateTarget = { readonly keys: readonly string[] } | { readonly tags: readonly string[] }

export interface Cache extends AsyncDisposable {
  /** Label in events and metrics. */
  readonly name: string

  /**
   * The first fresh value among the tiers, else what `load` returns, stored in all of them. `load` runs once at a time
   * per key: callers meanwhile wait for the same load, unless the key or one of its tags was invalidated since it began.
   * Processes that share a tier with leases, as Redis is, take turns: one loads, the others wait for a while.
   * A tier that fails is a miss. Options are read where a load may be needed, not on a hit in memory.
   * @throws The loader's own error, unless `grace` lets a stale value stand in. InvalidArgumentError, InvalidOptionError
   * or ClosedError for misuse.
   */
  getOrSet<T>(key: string, load: Loader<T>, options?: LoadOptions): Promise<T>

  /** The fresh value, or `undefined` for a miss; `null` is a value. @throws InvalidArgumentError, ClosedError. */
  get<T = unknown>(key: string): Promise<T | undefined>

  /**
   * Stores a value in every tier; other processes forget what they hold of the key. Of several writers the last to arrive
   * wins, whatever they read: after a write to the database prefer `invalidate`. One that did not reach a shared tier holds in
   * this process, and the key is deleted there as soon as that can be done.
   * @throws InvalidArgumentError for `undefined`. InvalidOptionError, ClosedError.
   */
  set<T>(key: string, value: T & (NonNullable<unknown> | null), options?: EntryOptions): Promise<void>

  /** Gone from every tier, grace included. Call it after the commit. @throws InvalidArgumentError, ClosedError. */
  delete(...keys: readonly string[]): Promise<InvalidationResult>

  /**
   * Stale from now on: the next read loads, and `grace` may still cover a load that fails. Call it after the commit.
   * @throws InvalidArgumentError, ClosedError.
   */
  invalidate(target: InvalidateTarget): Promise<InvalidationResult>

  /** Everything gone from every tier, from the moment it is acknowledged, however long a tier takes. @throws ClosedError. */
  clear(): Promise<InvalidationResult>

  /** Counts since creation. Works after `close` too. */
  analytics(): CacheAnalytics

  /**
   * Rejects callers that wait for a load with `ClosedError`, aborts the loads, waits for writes under way, then closes
   * its guards, the tiers and the bus (with `keepOpen` its guards and a bus of its own only). Idempotent. Afterwards every call rejects with `ClosedError`.
   */
  close(): Promise<void>
}
