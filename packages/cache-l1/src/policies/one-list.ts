import type { EvictionPolicy } from '../policy.ts'
import { filledUses } from './filled-uses.ts'
import { SlotLists } from './slot-list.ts'

/** One list, whose oldest goes first: the order of arrival, unless uses move entries. */
export class OneList implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  protected readonly order = new SlotLists()
  readonly #mark: number

  /** @param mark What `uses` says for every slot: whether to tell of uses. */
  constructor(mark: number) {
    this.#mark = mark
  }

  add(slot: number): void {
    this.order.append(slot)
  }

  use(_slot: number): void {}

  change(_slot: number): void {}

  remove(slot: number): void {
    this.order.remove(slot)
  }

  evict(): number {
    const slot = this.order.oldest()
    if (slot !== 0) this.order.remove(slot)
    return slot
  }

  ranking(): (slot: number) => number {
    return this.order.ranking([0])
  }

  grow(length: number): void {
    this.uses = filledUses(this.uses, length, this.#mark)
    this.order.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.order.clear()
  }
}
