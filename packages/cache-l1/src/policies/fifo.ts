/**
 * The entry that came first goes first, however often it is used. Nothing is counted, so a hit costs a comparison.
 * Overwriting an entry leaves its place alone.
 */
import { countsTo, type EvictionPolicy, type SlotFacts } from '../policy.ts'
import { filledUses } from './filled-uses.ts'
import { SlotLists } from './slot-list.ts'

export function createFifo(_facts: SlotFacts): EvictionPolicy {
  return new Fifo()
}

class Fifo implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #order = new SlotLists()

  add(slot: number): void {
    this.#order.append(slot)
  }

  use(): void {}

  change(): void {}

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
    this.uses = filledUses(this.uses, length, countsTo)
    this.#order.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#order.clear()
  }
}
