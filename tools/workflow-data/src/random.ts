/**
 * Random numbers that any process can repeat: each row has a stream of its own, begun from the seed, the table and the
 * row's number. So row 70 000 can be made without its predecessors, and tables can be made side by side.
 */

/** A bijection of 32-bit numbers that scatters neighbours (the finaliser of MurmurHash3). */
export function mix32(value: number): number {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

export interface RowRandom {
  /** Within [0, 1). */
  next(): number
  /** A whole number within [0, limit). */
  below(limit: number): number
  /** Whether something of this probability happens. */
  chance(probability: number): boolean
  /** One of a list that is not empty, each as likely. */
  pick<T>(list: readonly T[]): T
  /** Positive, skewed to the right: `median` in the middle, 16 % above `median * spread`. */
  skewed(median: number, spread: number): number
}

/** The stream of row `row` under `stream`, a number made of seed and table. */
export function rowRandom(stream: number, row: number): RowRandom {
  return new Mulberry(mix32(stream ^ Math.imul(row + 1, 0x9e3779b1)))
}

/** Mulberry32: a 32-bit counter, scattered. Short streams of good quality, no set-up cost. */
class Mulberry implements RowRandom {
  #state: number

  constructor(state: number) {
    this.#state = state
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 0x1_0000_0000
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  skewed(median: number, spread: number): number {
    // Twelve uniforms would be a better bell; three are near enough, and cheap.
    const bell = (this.next() + this.next() + this.next() - 1.5) * 2
    return median * spread ** bell
  }
}
