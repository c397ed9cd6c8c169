/**
 * The largest goes first: entries are classed by the power of two in their bytes, the victim is the least recently used
 * of the highest class. It frees the most room for one lost entry, so it suits bounds by bytes with values of very
 * unequal size. Overwriting moves an entry only if its class is another now.
 */
import { lengthened } from '../lengthened.ts'
import { type EvictionPolicy, type SlotFacts, tellEach } from '../policy.ts'
import { filledUses } from './filled-uses.ts'
import { RankedLists } from './ranked-lists.ts'

/** 2^40 bytes and more. */
const highestClass = 40

export function createSize(facts: SlotFacts): EvictionPolicy {
  return new Size(facts)
}

class Size implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #facts: SlotFacts
  readonly #lists = new RankedLists(highestClass + 1)
  #classes = new Uint8Array(0)

  constructor(facts: SlotFacts) {
    this.#facts = facts
  }

  add(slot: number): void {
    const sizeClass = classOf(this.#facts.bytesOf(slot))
    this.#classes[slot] = sizeClass
    this.#lists.append(slot, sizeClass)
  }

  use(slot: number): void {
    this.#lists.touch(slot, this.#classes[slot] as number)
  }

  change(slot: number): void {
    const sizeClass = classOf(this.#facts.bytesOf(slot))
    if (sizeClass === this.#classes[slot]) return
    this.#classes[slot] = sizeClass
    this.#lists.touch(slot, sizeClass)
  }

  remove(slot: number): void {
    this.#lists.remove(slot)
  }

  evict(): number {
    const highest = this.#lists.highest()
    if (highest < 0) return 0
    const slot = this.#lists.oldest(highest)
    this.#lists.remove(slot)
    return slot
  }

  ranking(): (slot: number) => number {
    return this.#lists.ranking(
      Array.from({ length: highestClass + 1 }, (_, list) => highestClass + 1 - 1 - list),
    )
  }

  grow(length: number): void {
    this.uses = filledUses(this.uses, length, tellEach)
    this.#classes = lengthened(this.#classes, length)
    this.#lists.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#classes = new Uint8Array(0)
    this.#lists.clear()
  }
}

/** The power of two at or below `bytes`. */
function classOf(bytes: number): number {
  if (bytes < 1) return 0
  if (bytes < 2 ** 32) return 31 - Math.clz32(bytes)
  return Math.min(highestClass, 63 - Math.clz32(bytes / 2 ** 32))
}
