import type { Duration, Entry, EntryOptions, InvalidationMode, Published, Stamp } from '@greenlang/core'
import type { CacheAnalytics } from './analytics.ts'
import type { Explanation } from './explanation.ts'
import type { CacheHealth } from './health.ts'
import type { HotKey } from './hot-keys.ts'
import type { Loader, LoadOptions, ManyLoader, ReadOptions } from './load-types.ts'
import type { WarmItem, WarmOptions, WarmReport } from './warming/warm-types.ts'

export interface SetOptions extends EntryOptions {
  /**
   * Version of the row or resource the value was read from: of two writes the higher stays, whichever comes last. Without a shared
   * tier, of those of this process. Whole, >= 0. Default: none; the last write to arrive wins, whatever it had read.
   */
  version?: number
  /** Names of the tiers that keep it; from the others the key goes. At least one. Default: all. */
  tiers?: readonly string[]
  /**
   * Whether the call ends as soon as the value is in memory: slower tiers and other processes follow, and `drain` waits for them. With a
   * `version` and a shared tier, memory has it only once that tier has told the order. Default `false`.
   */
  background?: boolean
}

export interface SetResult {
  /** Whether the value is what the cache keeps. `false`: a higher version is there, or a shared tier was not reached by a set with a version. `true` of each set in the background. */
  readonly stored: boolean
  /** Whether every process will hear of it. `false`: it holds here, and the others are told as soon as they can be; of a set in the background, too. */
  readonly propagated: boolean
  /**
   * Its place in the order of invalidations; of many, that of the last. A read with it as `after`, in any process, does not miss this
   * write. Absent where a write could not be sent, and of a set in the background.
   */
  readonly stamp?: Stamp
}

export interface InvalidateOptions {
  /** `'delete'`: gone, grace included. Default `'invalidate'`: stale from now, grace may still cover a load that fails. */
  mode?: InvalidationMode
  /** Version of the row or resource, with one key only: late writes of lower ones are refused. Whole, >= 0. Default: none. */
  version?: number
}

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

/**
 * What is no longer to be trusted, one of: keys; tags; the keys that fit a pattern (`*` any run of characters, `?` one, `\` takes
 * the next one literally); what was tagged with a resource before it had this version. Lists may be empty, their strings not.
 */
export type InvalidateTarget =
  | { readonly keys: readonly string[] }
  | { readonly tags: readonly string[] }
  | { readonly pattern: string }
  | { readonly version: ResourceVersion }

export interface ResourceVersion {
  /** Name of the resource: a tag of what depends on it. Not empty. */
  readonly of: string
  /** Its version now. Whole, >= 0. Where this process knows that version or a higher one already, nothing is invalidated. */
  readonly is: number
}

/** A value, and what can be said of it. */
export interface Detailed<T> {
  /** `undefined`: there is nothing. */
  readonly value: T | undefined
  readonly state: 'fresh' | 'stale' | 'absent'
  /**
   * Why a stale value was given. `slow`: a load is under way. `failed`: the load failed or took too long. `cut`: nobody could be
   * asked. Only the first is within the promise.
   */
  readonly why: 'slow' | 'failed' | 'cut' | undefined
  /** Name of the tier that had it, or `'load'`. */
  readonly source: string | undefined
  /** Since the value was loaded, in ms. */
  readonly ageMs: number | undefined
  /** Whether another caller had begun the load. */
  readonly joined: boolean
  /** Its dates, tags and stamp. */
  readonly entry: Entry<T> | undefined
}

/** What a claim gave: the value that is there, or a slot to put one into. */
export type ClaimedSlot<T> =
  | { readonly kind: 'found'; readonly value: T }
  | {
      /** `granted`: the slot is this caller's. `taken`: another loads, or nobody can be asked: only this process would keep it. */
      readonly kind: 'granted' | 'taken'
      /** Keeps what the caller found, unless the key was invalidated since the claim; once, and within 30 s. Whether it is shared. */
      set(value: T & (NonNullable<unknown> | null), options?: EntryOptions): Promise<boolean>
      /** Lets the next one load. */
      release(): Promise<void>
    }

export interface DrainReport {
  /** Whether nothing is under way any more. */
  readonly drained: boolean
  /** What still is. */
  readonly left: number
}

/** What a cache does, whole or under a namespace. */
export interface CacheMethods {
  /** Label in events and metrics. */
  readonly name: string

  /**
   * The first fresh value among the tiers, else what `load` returns, stored in all of them. `load` runs once at a time
   * per key: callers meanwhile wait for the same load, unless the key or one of its tags was invalidated since it began.
   * Processes that share a tier with leases, as Redis is, take turns: one loads, the others wait for a while.
   * A tier that fails is a miss. Options are read where a load may be needed, not on a hit in memory.
   * @throws The loader's own error, unless `grace` lets a stale value stand in. LoadTimeoutError, LoadFailedError,
   * TooManyLoadsError. InvalidArgumentError, InvalidOptionError or ClosedError for misuse.
   */
  getOrSet<T>(key: string, load: Loader<T>, options?: LoadOptions): Promise<T>
  /** The same, with what can be said of the value. */
  getOrSetDetailed<T>(key: string, load: Loader<T>, options?: LoadOptions): Promise<Detailed<T>>
  /**
   * The values of many keys: one look at memory, one at each tier for what is left, one call of `loadMany` for what nobody
   * has and nobody loads. Keys for which there is nothing are absent from the map.
   * @throws As getOrSet; PartialLoadError if the loads of some keys failed and nothing stood in for them, with the values of
   * the others.
   */
  getOrSetMany<T>(
    keys: readonly string[],
    loadMany: ManyLoader<T>,
    options?: LoadOptions,
  ): Promise<ReadonlyMap<string, T>>

  /** The fresh value, or `undefined` for a miss; `null` is a value. @throws InvalidArgumentError, ClosedError. */
  get<T = unknown>(key: string, options?: ReadOptions): Promise<T | undefined>
  /** The same, with what can be said of the value. */
  getDetailed<T = unknown>(key: string, options?: ReadOptions): Promise<Detailed<T>>
  /** The fresh values of these keys; a miss is absent from the map. */
  getMany<T = unknown>(keys: readonly string[], options?: ReadOptions): Promise<ReadonlyMap<string, T>>
  /** Whether there is a fresh value. */
  has(key: string, options?: ReadOptions): Promise<boolean>

  /**
   * Stores a value in every tier; other processes forget what they hold of the key. Of several writers the last to arrive
   * wins, whatever they read: after a write to the database prefer `invalidate`, or pass `version`. One that did not reach a shared
   * tier holds in this process, and the key is deleted there as soon as that can be done.
   * @throws InvalidArgumentError for `undefined`. InvalidOptionError, ClosedError.
   */
  set<T>(key: string, value: T & (NonNullable<unknown> | null), options?: SetOptions): Promise<SetResult>
  /** The same for many, at once. `stored` and `propagated` speak for all of them. */
  setMany(
    values: ReadonlyMap<string, NonNullable<unknown> | null>,
    options?: Omit<SetOptions, 'version' | 'background'>,
  ): Promise<SetResult>
  /**
   * For code that loads by itself: claim first, read the source, then `set` what was found. It is kept as a load is: not if the
   * key was invalidated since the claim.
   */
  claim<T = unknown>(key: string): Promise<ClaimedSlot<T>>

  /** Gone from every tier, grace included. Call it after the commit. @throws InvalidArgumentError, ClosedError. */
  delete(...keys: readonly string[]): Promise<InvalidationResult>
  /**
   * Stale from now on: the next read loads, and `grace` may still cover a load that fails. Call it after the commit.
   * @throws InvalidArgumentError, InvalidOptionError, ClosedError.
   */
  invalidate(target: InvalidateTarget, options?: InvalidateOptions): Promise<InvalidationResult>
  /** Everything gone from every tier, from the moment it is acknowledged, however long a tier takes. @throws ClosedError. */
  clear(): Promise<InvalidationResult>

  /**
   * Brings values to the fastest tier ahead of their callers, and never beyond the deadline. It never rejects for a key that
   * fails: the report counts those.
   */
  warm(source: Iterable<WarmItem> | AsyncIterable<WarmItem>, options?: WarmOptions): Promise<WarmReport>

  /** What each tier holds of the key, and why it would be served or not; counts nothing. */
  explain(key: string): Promise<Explanation>
  /** A cache over the same tiers that puts `prefix:` before its keys and tags; the parts of a nested one are told apart. Not empty. */
  namespace(prefix: string): CacheMethods
}

export interface Cache extends CacheMethods, AsyncDisposable {
  /** Counts since creation. Works after `close` too. */
  analytics(): CacheAnalytics
  /** State of each tier and of the bus, asked now. Never rejects, and counts in no ratio. */
  health(): Promise<CacheHealth>
  /** The keys that are asked for most, hottest first: from a sample of requests. @param most Whole, >= 1. Default 10. */
  hotKeys(most?: number): readonly HotKey[]
  /** Waits for loads and writes that go on without a caller, `'10s'` at most unless another deadline is given. */
  drain(deadline?: Duration): Promise<DrainReport>
  /**
   * Rejects callers that wait for a load with `ClosedError`, aborts the loads, waits for writes under way, then closes
   * its guards, the tiers and the bus (with `keepOpen` its guards and a bus of its own only). Idempotent. Afterwards every call rejects with `ClosedError`.
   */
  close(): Promise<void>
}
