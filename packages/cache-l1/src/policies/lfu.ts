/**
 * The least frequently used goes first, of equals the least recently used: a list for each frequency, as in Shah, Mitra
 * and Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme" (2010).
 *
 * An entry begins at frequency 1; each use moves it one list up, as far as `mostUses`. The bound makes the lists few
 * enough to be fixed, so that the lowest one in use is found by a mask, and it dulls the known fault of the plain
 * scheme, that what was popular once stays for good: among entries at the bound recency decides.
 */

import { lengthened } from '../lengthened.ts'
import { type EvictionPolicy, type SlotFacts, tellEach } from '../policy.ts'
import { filledUses } from './filled-uses.ts'
import { RankedLists } from './ranked-lists.ts'

/** Uses beyond it are not told apart. */
const mostUses = 255

export function createLfu(_facts: SlotFacts): EvictionPolicy {
  return new Lfu()
}

class Lfu implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #lists = new RankedLists(mostUses + 1)
  #frequencies = new Uint8Array(0)

  add(slot: number): void {
    this.#frequencies[slot] = 1
    this.#lists.append(slot, 1)
  }

  use(slot: number): void {
    const frequency = Math.min((this.#frequencies[slot] as number) + 1, mostUses)
    this.#frequencies[slot] = frequency
    this.#lists.touch(slot, frequency)
  }

  change(slot: number): void {
    this.use(slot)
  }

  remove(slot: number): void {
    this.#lists.remove(slot)
  }

  evict(): number {
    const lowest = this.#lists.lowest()
    if (lowest < 0) return 0
    const slot = this.#lists.oldest(lowest)
    this.#lists.remove(slot)
    return slot
  }

  ranking(): (slot: number) => number {
    return this.#lists.ranking(Array.from({ length: mostUses + 1 }, (_, list) => list))
  }

  grow(length: number): void {
    this.uses = filledUses(this.uses, length, tellEach)
    this.#frequencies = lengthened(this.#frequencies, length)
    this.#lists.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#frequencies = new Uint8Array(0)
    this.#lists.clear()
  }
}
