/**
 * SIEVE: Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is simpler than LRU" (NSDI 2024). Entries stand in the order in
 * which they came and never move. A *hand* goes from the oldest towards the newest and then from the oldest again: an
 * entry used since it was last passed is passed once more and its mark cleared; the first one unmarked goes, and the hand
 * stays there. So a hit writes one byte, and new entries that are not used again are sifted out before old ones that
 * are. Each step of the hand beyond a victim clears a mark, and each mark was set by a use.
 *
 * Its fault: where every entry is used just once more soon after it came, and never again, the marked ones wait for the
 * hand to come round while the new ones go unused (on such a trace it hits 1 % where LRU hits 33 %).
 */
import { lengthened } from '../lengthened.ts'
import type { EvictionPolicy, SlotFacts } from '../policy.ts'
import { SlotLists } from './slot-list.ts'

export function createSieve(_facts: SlotFacts): EvictionPolicy {
  return new Sieve()
}

class Sieve implements EvictionPolicy {
  /** Anything but 0 is the mark. */
  uses: Uint8Array = new Uint8Array(0)
  readonly #order = new SlotLists()
  /** Where the search begins; 0 for the oldest. */
  #hand = 0

  add(slot: number): void {
    this.uses[slot] = 0
    this.#order.append(slot)
  }

  use(slot: number): void {
    this.uses[slot] = 1
  }

  change(slot: number): void {
    this.uses[slot] = 1
  }

  remove(slot: number): void {
    if (slot === this.#hand) this.#hand = this.#order.newer(slot)
    this.#order.remove(slot)
  }

  evict(): number {
    let slot = this.#hand === 0 ? this.#order.oldest() : this.#hand
    if (slot === 0) return 0
    while (this.uses[slot] !== 0) {
      this.uses[slot] = 0
      const newer = this.#order.newer(slot)
      slot = newer === 0 ? this.#order.oldest() : newer
    }
    this.#hand = this.#order.newer(slot)
    this.#order.remove(slot)
    return slot
  }

  grow(length: number): void {
    this.uses = lengthened(this.uses, length)
    this.#order.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#order.clear()
    this.#hand = 0
  }
}
