/**
 * S3-FIFO: Yang, Zhang, Qiu, Yue, Rashmi, "FIFO queues are all you need for cache eviction" (SOSP 2023). Most entries
 * are used once and never again; they should leave soon. New ones enter a *small* queue, a tenth of the cache. At its
 * end an entry that was used twice or more moves to the *main* queue; any other goes, and the *ghost* remembers its key
 * for about as long as the main queue is. A key that comes back in that time enters main at once. At the end of main an
 * entry with uses left begins again with one use fewer; one with none goes.
 *
 * Uses are counted to 3 in `uses`, so a hit writes one byte at most. Moving clears the count. Each step of a search
 * beyond its victim takes a use away. What is deleted is not remembered.
 *
 * The bound may be one of bytes, so the capacity is taken to be the number of entries present when one has to go.
 */
import { lengthened } from '../lengthened.ts'
import { countsTo, type EvictionPolicy, type SlotFacts } from '../policy.ts'
import { Ghost } from './ghost.ts'
import { SlotLists } from './slot-list.ts'

const small = 0
const main = 1

/** Part of the cache that the small queue is to have. */
const smallShare = 0.1

export function createS3Fifo(facts: SlotFacts): EvictionPolicy {
  return new S3Fifo(facts)
}

class S3Fifo implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #facts: SlotFacts
  readonly #ghost = new Ghost()
  readonly #queues = new SlotLists(2)
  /** By slot, the queue that it is in. */
  #places = new Uint8Array(0)
  #smallCount = 0
  #mainCount = 0
  /** Whether anything went yet: before, no key need be looked up in the ghost. */
  #haunted = false

  constructor(facts: SlotFacts) {
    this.#facts = facts
  }

  add(slot: number): void {
    this.uses[slot] = 0
    this.#enter(slot, this.#remembers(slot) ? main : small)
  }

  use(slot: number): void {
    const uses = this.uses[slot] as number
    if (uses < countsTo) this.uses[slot] = uses + 1
  }

  change(slot: number): void {
    this.use(slot)
  }

  remove(slot: number): void {
    this.#queues.remove(slot)
    if (this.#places[slot] === small) this.#smallCount -= 1
    else this.#mainCount -= 1
  }

  evict(): number {
    const smallest = Math.max(1, Math.round((this.#smallCount + this.#mainCount) * smallShare))
    while (this.#smallCount >= smallest) {
      const slot = this.#queues.oldest(small)
      this.remove(slot)
      if ((this.uses[slot] as number) < 2) {
        this.#ghost.add(this.#facts.hashOf(slot))
        this.#haunted = true
        return slot
      }
      this.uses[slot] = 0
      this.#enter(slot, main)
    }
    return this.#evictMain()
  }

  grow(length: number): void {
    this.uses = lengthened(this.uses, length)
    this.#places = lengthened(this.#places, length)
    this.#queues.grow(length)
    this.#ghost.grow(Math.ceil(length * (1 - smallShare)))
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#places = new Uint8Array(0)
    this.#queues.clear()
    this.#ghost.clear()
    this.#smallCount = 0
    this.#mainCount = 0
    this.#haunted = false
  }

  /** Whether the key of `slot` went lately, in the time in which as many went as main is to hold. */
  #remembers(slot: number): boolean {
    if (!this.#haunted) return false
    const length = Math.ceil((this.#smallCount + this.#mainCount) * (1 - smallShare))
    return this.#ghost.take(this.#facts.hashOf(slot), length)
  }

  #enter(slot: number, queue: number): void {
    this.#places[slot] = queue
    this.#queues.append(slot, queue)
    if (queue === small) this.#smallCount += 1
    else this.#mainCount += 1
  }

  #evictMain(): number {
    let slot = this.#queues.oldest(main)
    for (let uses = this.uses[slot] as number; slot !== 0 && uses > 0; uses = this.uses[slot] as number) {
      this.uses[slot] = uses - 1
      this.#queues.touch(slot, main)
      slot = this.#queues.oldest(main)
    }
    if (slot !== 0) this.remove(slot)
    return slot
  }
}
