/**
 * Lists of slots whose numbers are ranks: which is the lowest, or the highest, that is not empty? One bit a list says
 * "was filled", and the question is answered by counting zeros. A bit is set when a slot is appended and cleared when
 * the question finds the list empty, so leaving a list costs nothing and each clearing was paid for by an appending.
 */
import { SlotLists } from './slot-list.ts'

export class RankedLists extends SlotLists {
  readonly #filled: Int32Array

  constructor(lists: number) {
    super(lists)
    this.#filled = new Int32Array(Math.ceil(lists / 32))
  }

  override append(slot: number, list: number): void {
    super.append(slot, list)
    this.#mark(list)
  }

  override touch(slot: number, list: number): void {
    super.touch(slot, list)
    this.#mark(list)
  }

  override clear(): void {
    super.clear()
    this.#filled.fill(0)
  }

  /** The number of the first list that is not empty; -1 if all are. */
  lowest(): number {
    for (let index = 0; index < this.#filled.length; index += 1) {
      for (let word = this.#filled[index] as number; word !== 0; word = this.#filled[index] as number) {
        const list = 32 * index + 31 - Math.clz32(word & -word)
        if (this.#confirm(list)) return list
      }
    }
    return -1
  }

  /** The number of the last list that is not empty; -1 if all are. */
  highest(): number {
    for (let index = this.#filled.length - 1; index >= 0; index -= 1) {
      for (let word = this.#filled[index] as number; word !== 0; word = this.#filled[index] as number) {
        const list = 32 * index + 31 - Math.clz32(word)
        if (this.#confirm(list)) return list
      }
    }
    return -1
  }

  #mark(list: number): void {
    const index = list >> 5
    this.#filled[index] = (this.#filled[index] as number) | (1 << (list & 31))
  }

  #confirm(list: number): boolean {
    if (this.oldest(list) !== 0) return true
    const index = list >> 5
    this.#filled[index] = (this.#filled[index] as number) & ~(1 << (list & 31))
    return false
  }
}
