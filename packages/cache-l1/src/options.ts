import type { ByteSize, Clock, Duration, LatencyRecorder } from '@greenlang/core'
import type { Eviction } from './eviction.ts'
import type { PressureOptions } from './pressure.ts'
import type { RemovalListener } from './removals.ts'

/** At least one bound, or it does not compile: a cache without one is a leak. */
export type MemoryTierOptions<T = unknown> = MemoryTierSettings<T> & (EntryBound | ByteBound)

export interface EntryBound {
  /** Entries it keeps before others make room. 1 to 8 388 608. Default, where `maxBytes` is given: 8 388 608. */
  maxEntries: number
  /** Heap that entries may take, keys and upkeep included, as `sizeOf` estimates it. > 0 bytes. Default: unbounded. */
  maxBytes?: ByteSize
}

export interface ByteBound {
  /** Heap that entries may take, keys and upkeep included, as `sizeOf` estimates it. > 0 bytes. Default: unbounded. */
  maxBytes: ByteSize
  /** Entries it keeps before others make room. 1 to 8 388 608. Default 8 388 608. */
  maxEntries?: number
}

export interface MemoryTierSettings<T = unknown> {
  /** Who makes room for a new entry: see "Which entry goes" in the README. One of `evictionPolicies`. Default `'reuse-distance'`. */
  eviction?: Eviction
  /** The most one entry may weigh; a larger one is not kept, nor what it was to replace. > 0 bytes. Default `maxBytes`. */
  maxEntryBytes?: ByteSize
  /** Size of a value in bytes, >= 0; called once a set where bytes are bounded. Default `sizeOf`, which measures deeply. */
  sizeOf?: (value: T) => number
  /** How long a value given to `put` is fresh. > 0, in whole ms. Default `'5m'`. */
  ttl?: Duration
  /** Cap on any entry's life here, grace included, in whole ms. > 0. Default `Infinity`: the entry's own dates alone. */
  maxTtl?: Duration
  /** Whether values are frozen when they are set, with every object their properties lead to. Default `false`: by reference. */
  freeze?: boolean
  /** Whether readers and the cache each have a copy of their own, by structuredClone or your function. Default `false`. */
  clone?: boolean | ((value: T) => T)
  /** Told once of each value that left, and why; what it throws is dropped. Default: nobody is. */
  onRemoval?: RemovalListener<T>
  /** Where one look-up in 1024 records its duration, in ms. Default: a recorder of its own, shown by `stats()`. */
  latency?: LatencyRecorder
  /** Whether it shrinks while the heap of V8 nears its limit, and how. Default `false`. */
  pressure?: boolean | PressureOptions
  /** Its label in events and metrics; unique within one cache. A string that is not empty. Default `'memory'`. */
  name?: string
  /** What it tells the time by. Default `systemClock`. */
  clock?: Clock
}
