/**
 * Which entry makes room for a new one. A policy knows *slots*, never keys or values: a slot is a small whole number
 * from 1 on that the store uses as an index, given to one entry at a time; 0 means none. Every step is O(1) amortised
 * and makes no garbage: order is kept in typed arrays indexed by slot.
 *
 * The store calls `add` once for a slot, then `use` and `change` any number of times, then either `remove` once or gets
 * the slot from `evict`. After that the slot is free and may come back by `add` for another entry.
 */
export interface EvictionPolicy {
  /**
   * One byte a slot, so that a hit costs one byte: the store adds 1 to it while it is below `countsTo`, does nothing at
   * `countsTo`, and calls `use` above. The policy sets and reads it as it likes; `grow` may replace the array.
   */
  readonly uses: Uint8Array
  /** `slot` was given to a key that was not there. What is known of it can be asked of the facts. */
  add(slot: number): void
  /** The entry of `slot` was read, and `uses` asked for this call. */
  use(slot: number): void
  /** The entry of `slot` was overwritten: its size and dates may be others now. Counts as a use where uses count. */
  change(slot: number): void
  /** The entry of `slot` was deleted or has expired. */
  remove(slot: number): void
  /** Forgets the entry that should go first and returns its slot; 0 if there is none. */
  evict(): number
  /**
   * Ranks slots by how much their entries are worth keeping, as things are: the higher goes later. May take a step for each
   * slot. Default: what `uses` has counted.
   */
  ranking?(): (slot: number) => number
  /** Slots below `length` may come now: arrays indexed by slot need that length. Never shrinks. */
  grow(length: number): void
  /** Forgets all slots and all history, and gives memory back. */
  clear(): void
}

/** What a policy may ask about the entry in a slot, from `add` until it has left. */
export interface SlotFacts {
  /** 32 bits of its key, well mixed, as a signed integer; the same for the same key at any time. O(length of the key). */
  hashOf(slot: number): number
  /** Its size as accounted, in bytes. */
  bytesOf(slot: number): number
  /** When it expires, in ms since the epoch. */
  expiresAt(slot: number): number
}

/** Where `uses` stops being counted in place. */
export const countsTo = 3

/** In `uses`: the policy wants to hear of each use itself. */
export const tellEach = 255
