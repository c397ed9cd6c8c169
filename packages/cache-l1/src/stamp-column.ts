/**
 * The stamps of entries, 4 bytes each: a stamp is a history and a sequence, and all entries of one life of the bus share
 * the history. Histories have *numbers*, kept by slot in a byte from the second history on; at most 255 are known at
 * once, and one that no entry has any more gives up its number. A stamp that does not fit (a 256th history, a sequence
 * beyond 31 bits) is the caller's to keep elsewhere.
 *
 * The arrays exist from the first entry on that needs them: a cache without a bus pays nothing.
 */
import { noStamp, type Stamp } from '@greenlang/core'
import { lengthened } from './lengthened.ts'

const mostHistories = 255
const largestSequence = 2 ** 31 - 1

export class StampColumn {
  #length = 0
  /** By slot, its sequence + 1; 0 for `noStamp`. */
  #sequences = new Uint32Array(0)
  /** By slot, the number of its history, where there were ever two; else all are number 0. */
  #numbers = new Uint8Array(0)
  /** By number, the history and how many slots have it. */
  #histories: string[] = []
  #holders: number[] = []

  /** Whether the stamp fits; if not, the slot has none. */
  write(slot: number, stamp: Stamp): boolean {
    this.erase(slot)
    const { history, sequence } = stamp
    if (sequence === noStamp.sequence && history === noStamp.history) return true
    if (!Number.isInteger(sequence) || sequence < 0 || sequence > largestSequence) return false
    const number = this.#numberOf(history)
    if (number === -1) return false
    if (this.#sequences.length < this.#length) this.#sequences = lengthened(this.#sequences, this.#length)
    if (number > 0 && this.#numbers.length < this.#length)
      this.#numbers = lengthened(this.#numbers, this.#length)
    this.#sequences[slot] = sequence + 1
    if (this.#numbers.length > 0) this.#numbers[slot] = number
    this.#holders[number] = (this.#holders[number] ?? 0) + 1
    return true
  }

  read(slot: number): Stamp {
    const code = this.#sequences[slot] ?? 0
    if (code === 0) return noStamp
    return { history: this.#histories[this.#numbers[slot] ?? 0] as string, sequence: code - 1 }
  }

  erase(slot: number): void {
    if (this.#sequences.length === 0 || this.#sequences[slot] === 0) return
    const number = this.#numbers[slot] ?? 0
    this.#sequences[slot] = 0
    this.#holders[number] = (this.#holders[number] ?? 1) - 1
  }

  grow(length: number): void {
    this.#length = length
    if (this.#sequences.length > 0) this.#sequences = lengthened(this.#sequences, length)
    if (this.#numbers.length > 0) this.#numbers = lengthened(this.#numbers, length)
  }

  clear(): void {
    this.#length = 0
    this.#sequences = new Uint32Array(0)
    this.#numbers = new Uint8Array(0)
    this.#histories = []
    this.#holders = []
  }

  /** The number of `history`, new if need be; -1 if all are taken. The latest history is looked at first. */
  #numberOf(history: string): number {
    const known = this.#histories.lastIndexOf(history)
    if (known !== -1) return known
    const given = this.#holders.indexOf(0)
    const number = given === -1 ? this.#histories.length : given
    if (number === mostHistories) return -1
    this.#histories[number] = history
    this.#holders[number] = 0
    return number
  }
}
