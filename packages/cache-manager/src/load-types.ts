import type { Awaitable, Duration, Entry, EntryOptions, Stamp } from '@greenlang/core'

/** How a value is looked for. */
export interface ReadOptions {
  /**
   * The stamp of an invalidation, as `invalidate`, `delete` or `set` returned it in any process: the answer does not miss that
   * one, even where this process has not heard of it yet. Default: none.
   */
  after?: Stamp
  /** Names of the tiers that take part; the others are neither asked nor given anything. At least one. Default: all. */
  tiers?: readonly string[]
}

/** How one value is kept. Tags belong to the value: every caller of a key names the same ones. */
export interface KeepOptions extends EntryOptions {
  /** How long it is remembered that a load found nothing. > 0. Default: not at all. */
  negativeTtl?: Duration
  /** Share of the ttl by which a life may be shorter, drawn once for each value: not all are over at once. >= 0, < 1. Default `0`. */
  jitter?: number
  /** Version of the row or resource a value was read from, for keys that are also `set` with one. Whole, >= 0. Default: none. */
  version?: number
}

/** How one value is looked for, loaded and kept. */
export interface LoadOptions extends KeepOptions, ReadOptions {
  /** Share of its ttl after which a hit is loaded anew in the background. > 0, < 1. Default: never. */
  refreshAfter?: number
  /**
   * Hits near the end of the ttl begin a load in the background, the sooner the longer loads take, each by chance, so that many
   * processes do not do it at once. A factor: `1` is right as a rule, more is earlier. > 0. Default: never. (Vattani et al.,
   * "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015.)
   */
  earlyRefresh?: number
  /** How long who waits for what. Default `{}`. */
  timeouts?: LoadTimeouts
  /** Pause after a load that failed, while a stale value stands in for it. >= 0. Default `'1s'`. */
  throttle?: Duration
  /** Only a load that begins now will do; what is there stands in if it fails and has a grace. Default `false`. */
  fresh?: boolean
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

/** What a cache takes where a call does not name it. */
export type LoadDefaults = Omit<LoadOptions, 'signal' | 'fresh' | 'after' | 'tiers' | 'version'>

export interface LoadContext {
  /** What this load would replace and could stand in for it, if anything: for conditional requests. */
  readonly stale: Entry | undefined
  /** Aborts when the cache closes, when nobody waits any more, and when the load has taken too long. */
  readonly signal: AbortSignal
  /** How this value is kept: fields that are not named keep what they had. @throws InvalidOptionError */
  configure(options: KeepOptions): void
  /** Return it to keep the stale value, with a new life. @throws InvalidArgumentError where there is none. */
  notModified(): never
  /** Makes the load a failed one. @throws LoadFailedError with the reason as its cause. */
  fail(reason: unknown): never
}

/** Makes the value of a key. `undefined` means not found: returned to the callers, stored only with `negativeTtl`. */
export type Loader<T> = (context: LoadContext) => Awaitable<T>

export interface ManyLoadContext {
  /** What the load would replace and could stand in for it, for the keys that have something. */
  readonly stale: ReadonlyMap<string, Entry>
  /** Aborts when the cache closes, when nobody waits for any of the keys, and when the load has taken too long. */
  readonly signal: AbortSignal
  /** How the value of one key is kept. @throws InvalidOptionError. InvalidArgumentError for a key that was not asked for. */
  configure(key: string, options: KeepOptions): void
  /** The stale value of this key is kept, with a new life. @throws InvalidArgumentError where there is none. */
  notModified(key: string): void
  /** The load of this key failed, for this reason; the others did not. @throws InvalidArgumentError for a key that was not asked for. */
  fail(key: string, reason: unknown): void
}

/** Makes the values of some keys. One that is absent from the map was not found. */
export type ManyLoader<T> = (
  keys: readonly string[],
  context: ManyLoadContext,
) => Awaitable<ReadonlyMap<string, T>>
