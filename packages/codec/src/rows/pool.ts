/**
 * Strings of middling length, written as one text and cut from it: cbor-x decodes those of 16 to 64 characters letter by
 * letter, ten times slower than the one native call for all of them. V8 keeps the whole text alive while any part of it
 * is, so the pool is small.
 */
import { blockCharacters } from './text-blocks.ts'

const shortest = 16
const longest = 1024

export class PoolWriter {
  readonly lengths: number[] = []
  text = ''

  /** Whether it took the string. */
  take(text: string): boolean {
    const { length } = text
    if (length < shortest || length > longest || this.text.length + length > blockCharacters) return false
    this.text += text
    this.lengths.push(length)
    return true
  }
}

export class PoolReader {
  readonly #text: string
  readonly #lengths: readonly unknown[]
  #next: number
  #at = 0

  /** `lengths` from `first` on. */
  constructor(text: string, lengths: readonly unknown[], first: number) {
    this.#text = text
    this.#lengths = lengths
    this.#next = first
  }

  /** The next string; `undefined` if there is none. */
  take(): string | undefined {
    const length = this.#lengths[this.#next]
    const start = this.#at
    if (typeof length !== 'number' || !(length >= 0 && length <= this.#text.length - start)) return undefined
    this.#next += 1
    this.#at = start + length
    return this.#text.substring(start, this.#at)
  }

  /** Whether all was taken. */
  get isEmpty(): boolean {
    return this.#at === this.#text.length && this.#next === this.#lengths.length
  }
}
