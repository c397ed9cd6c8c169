/** By slot, how long before its birth an entry was last known to be right. See packed-entries.ts. */
import { lengthened } from './lengthened.ts'

/** Dates between 2004 and 2039 are multiples of it, in ms. */
const step = 2 ** -12
/** Codes beside real lags, which are written as lag + 1 or lag - 1. */
const absent = 0
const unknown = -(2 ** 31)

export class LagColumn {
  #length = 0
  #lags = new Int32Array(0)

  /** Whether it fits, to the last bit; if not, the slot has none. */
  write(slot: number, createdAt: number, checkedAt: number | undefined): boolean {
    if (checkedAt === undefined) return true
    if (this.#lags.length < this.#length) this.#lags = lengthened(this.#lags, this.#length)
    const code = checkedAt === 0 ? unknown : encode((createdAt - checkedAt) / step)
    this.#lags[slot] = code
    if (this.#lags[slot] === code && this.read(slot, createdAt) === checkedAt) return true
    this.#lags[slot] = absent
    return false
  }

  read(slot: number, createdAt: number): number | undefined {
    const code = this.#lags[slot] ?? absent
    if (code === absent) return undefined
    return code === unknown ? 0 : createdAt - decode(code) * step
  }

  erase(slot: number): void {
    if (this.#lags.length > 0) this.#lags[slot] = absent
  }

  grow(length: number): void {
    this.#length = length
    if (this.#lags.length > 0) this.#lags = lengthened(this.#lags, length)
  }

  clear(): void {
    this.#length = 0
    this.#lags = new Int32Array(0)
  }
}

const encode = (lag: number) => (lag < 0 ? lag : lag + 1)
const decode = (code: number) => (code < 0 ? code : code - 1)
