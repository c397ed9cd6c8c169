import type { Clock, Duration } from '@greenlang/core'

export interface MemoryTierOptions {
  /** Entries it keeps before the least recently used goes. 1 to 8 388 608; no default: the bound is yours to know. */
  maxEntries: number
  /** Its label in events and metrics; unique within one cache. A string that is not empty. Default `'memory'`. */
  name?: string
  /** Cap on any entry's life here, grace included. > 0. Default `Infinity`: the entry's own dates alone. */
  maxTtl?: Duration
  /** What it tells the time by. Default `systemClock`. */
  clock?: Clock
}
