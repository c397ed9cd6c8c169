/**
 * The order in which slots were last used, as a doubly linked ring in two typed arrays: every step is O(1) and makes no
 * garbage. *Slot*: a small whole number that the owner uses as index into arrays of its own; slot 0 is the ring's
 * anchor and is never given out. *Older*, *newer*: neighbours in the order; the anchor sits between newest and oldest.
 * Free slots are chained through `older`. The arrays double as slots are first used, so a large bound costs nothing
 * until it is needed.
 *
 * Rejected: relying on the order of a `Map` (delete + set on each hit leaves holes that a rehash has to sweep up), and
 * nodes as objects (about 40 bytes more an entry, and work for the garbage collector).
 */
export class RecencyList {
  readonly #capacity: number
  #older: Int32Array
  #newer: Int32Array
  /** Slots given out at least once. */
  #known = 0
  #firstFree = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    const length = Math.min(capacity + 1, initialLength)
    this.#older = new Int32Array(length)
    this.#newer = new Int32Array(length)
  }

  /** The slot used longest ago; 0 if there is none. */
  get oldest(): number {
    return this.#newer[0] as number
  }

  /** A free slot, now the newest. At most `capacity` may be out at once. */
  add(): number {
    const slot = this.#take()
    this.#linkNewest(slot)
    return slot
  }

  /** Makes `slot` the newest. */
  touch(slot: number): void {
    if (this.#older[0] === slot) return
    this.#unlink(slot)
    this.#linkNewest(slot)
  }

  /** Gives `slot` back. */
  remove(slot: number): void {
    this.#unlink(slot)
    this.#older[slot] = this.#firstFree
    this.#firstFree = slot
  }

  /** Gives every slot back, and the memory of the arrays. */
  clear(): void {
    const length = Math.min(this.#capacity + 1, initialLength)
    this.#older = new Int32Array(length)
    this.#newer = new Int32Array(length)
    this.#known = 0
    this.#firstFree = 0
  }

  #take(): number {
    const slot = this.#firstFree
    if (slot !== 0) {
      this.#firstFree = this.#older[slot] as number
      return slot
    }
    this.#known += 1
    if (this.#known === this.#older.length) this.#grow()
    return this.#known
  }

  #grow(): void {
    const length = Math.min(this.#capacity + 1, this.#older.length * 2)
    this.#older = lengthened(this.#older, length)
    this.#newer = lengthened(this.#newer, length)
  }

  #linkNewest(slot: number): void {
    const newest = this.#older[0] as number
    this.#older[slot] = newest
    this.#newer[slot] = 0
    this.#newer[newest] = slot
    this.#older[0] = slot
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] as number
    const newer = this.#newer[slot] as number
    this.#newer[older] = newer
    this.#older[newer] = older
  }
}

const initialLength = 64

function lengthened(array: Int32Array, length: number): Int32Array {
  const longer = new Int32Array(length)
  longer.set(array)
  return longer
}
