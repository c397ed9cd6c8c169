/** The least recently used goes first: every use moves the entry to the newest end of one list. */
import { type EvictionPolicy, type SlotFacts, tellEach } from '../policy.ts'
import { filledUses } from './filled-uses.ts'
import { SlotLists } from './slot-list.ts'

export function createLru(_facts: SlotFacts): EvictionPolicy {
  return new Lru()
}

class Lru implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #order = new SlotLists()

  add(slot: number): void {
    this.#order.append(slot)
  }

  use(slot: number): void {
    this.#order.touch(slot)
  }

  change(slot: number): void {
    this.#order.touch(slot)
  }

  remove(slot: number): void {
    this.#order.remove(slot)
  }

  evict(): number {
    const slot = this.#order.oldest()
    if (slot !== 0) this.#order.remove(slot)
    return slot
  }

  ranking(): (slot: number) => number {
    return this.#order.ranking([0])
  }

  grow(length: number): void {
    this.uses = filledUses(this.uses, length, tellEach)
    this.#order.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#order.clear()
  }
}
