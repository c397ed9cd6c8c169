import type { ByteSize, Duration, Entry, LatencySnapshot, Tier, TierStats } from '@greenlang/core'
import { MemoryCore } from './memory-core.ts'
import type { MemoryTierOptions } from './options.ts'
import { settingsOf } from './settings.ts'
import type { MemorySnapshot } from './snapshot.ts'
import { viewOf } from './view-of.ts'

/**
 * Entries in the memory of this process, under a bound. Synchronous: what another tier answers by a rejected promise, it
 * throws. Values are kept by reference, unless `freeze` or `clone` says otherwise: treat them as frozen.
 */
export interface MemoryTier<T = unknown> extends Tier<T> {
  readonly scope: 'process'
  /**
   * The value under `key` if it is fresh, else `undefined`: the shortest way to a hit. A negative entry, which has no
   * value, is a miss here; `get` returns it.
   */
  value(key: string): T | undefined
  /**
   * Keeps `value` from now on for `ttl` (whole ms; default: the tier's), without an `Entry` in between. Whether it was
   * kept: one that is larger than an entry may be is not, and what was under `key` is gone then.
   * @throws InvalidArgumentError for `undefined`, which is not a value. InvalidOptionError for a bad ttl.
   */
  put(key: string, value: T, ttl?: Duration): boolean
  /** The entry under `key`, also while it is stale. */
  get(key: string): Entry<T> | undefined
  /** As `get`, but not a use: nothing is counted, and its turn to be evicted comes no later. */
  peek(key: string): Entry<T> | undefined
  /** Whether `get` would return an entry. Not a use. */
  has(key: string): boolean
  getMany(keys: readonly string[]): ReadonlyMap<string, Entry<T>>
  set(key: string, entry: Entry<T>): void
  setMany(entries: ReadonlyMap<string, Entry<T>>): void
  deleteMany(keys: readonly string[]): void
  invalidateMany(keys: readonly string[]): void
  clear(): void
  /** Keys that `get` would find, in no order to rely on. Not a use. What is set meanwhile may or may not come. */
  keys(): IterableIterator<string>
  /** As `keys`, with the entry of each. */
  entries(): IterableIterator<[key: string, entry: Entry<T>]>
  [Symbol.iterator](): IterableIterator<[key: string, entry: Entry<T>]>
  /** Everything that is there, the most used last, for a `restore` by another process. Dates are absolute. */
  snapshot(): MemorySnapshot<T>
  /**
   * Sets what a snapshot holds and has not expired; what is under a key already stays. How many were set. Nobody vouches
   * for what is restored: entries come back without `checkedAt`.
   */
  restore(snapshot: MemorySnapshot<T>): number
  /**
   * Changes bounds while it runs; what is above them goes at once. A bound that is left out stays. Namespaces share them.
   * @throws InvalidOptionError for one that is out of range, or for bytes where none are counted.
   */
  resize(bounds: { maxEntries?: number; maxBytes?: ByteSize }): void
  /**
   * The same tier with keys of its own: `tier.namespace('user').value('42')` looks up '42' and builds no longer string.
   * Bounds and policy are shared. The same name gives the same namespace. Closing it removes its keys.
   */
  namespace(name: string): MemoryTier<T>
  /** Of this namespace; of the tier itself, with all its namespaces. */
  stats(): MemoryTierStats
  close(): void
}

/** Counters never decrease. */
export interface MemoryTierStats extends TierStats {
  readonly entries: number
  /** `undefined` where bytes are neither bounded nor needed by the policy. */
  readonly bytes: number | undefined
  /** Bounds in force: what was configured, `resize` and memory pressure considered. `Infinity` for none. */
  readonly maxEntries: number
  readonly maxBytes: number
  /** Entries that went because their time had come. */
  readonly expirations: number
  /** Values that were larger than an entry may be. */
  readonly refusals: number
  /** Of one look-up in 1024, in ms; of the whole tier. */
  readonly latency: LatencySnapshot
}

/** @throws InvalidOptionError for an option that is missing, unknown or out of range. */
export function memoryTier<T = unknown>(options: MemoryTierOptions<T>): MemoryTier<T> {
  const core: MemoryCore<T> = new MemoryCore(settingsOf(options), (name, release) =>
    viewOf(core, name, release),
  )
  return core.view(core.settings.name, () => core.close())
}
