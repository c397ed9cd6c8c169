import type { Awaitable, Entry, EntryOptions, Published } from '@greenlang/core'
import type { CacheAnalytics } from './analytics.ts'

/** How one value is kept. Tags belong to the value: every caller of a key names the same ones. */
export type LoadOptions = EntryOptions

export interface LoadContext {
  /** What this load would replace and could stand in for it, if anything: for conditional requests. */
  readonly stale: Entry | undefined
  /** Aborts when the cache closes. */
  readonly signal: AbortSignal
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
