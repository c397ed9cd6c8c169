/**
 * Remembers which keys left without having been used again, and when each had come: 2 bytes a key.
 *
 * How it works. The table is cut into buckets of eight cells of 16 bits; a key belongs to one bucket. A cell holds 10
 * bits of the key's hash, the *print*, and 6 bits of the *date*: the time its entry came, counted in units the caller
 * chooses, modulo 64. Within a bucket the newest cell is first; a ninth key pushes the oldest out. So a key is
 * remembered for about as many departures as there are cells, without links, tombstones or a sweep.
 *
 * Dates only grow from the last cell of a bucket to its first, so an age smaller than that of the cell before it has
 * wrapped around, and that cell and those after it count as forgotten. Two keys of a bucket with the same print are taken for
 * one another: a key that was never here is found in 8 / 1024 = 0.8 % of the cases, which only lets it in too early.
 *
 * Rejected: a queue of hashes with a map beside it (over 20 bytes a key, and garbage), a count-min sketch (says how
 * often, not how long ago, and how long ago is what this cache decides by).
 */
export interface Ghost {
  /** Cells: for how many departures, about, a key is remembered. */
  readonly length: number
  /** Age of a remembered key in units, and forgets it; -1 for a key not remembered. */
  take(hash: number, now: number): number
  /** Remembers that a key left whose entry came at `date`. */
  put(hash: number, date: number): void
}

/** A ghost of at least `length` cells, empty. */
export function createGhost(length: number): Ghost {
  return new BucketGhost(Math.ceil(length / bucketSize))
}

const bucketSize = 8
const dateBits = 6
const dateMask = (1 << dateBits) - 1

class BucketGhost implements Ghost {
  readonly #buckets: number
  readonly #cells: Uint16Array

  constructor(buckets: number) {
    this.#buckets = buckets
    this.#cells = new Uint16Array(buckets * bucketSize)
  }

  get length(): number {
    return this.#cells.length
  }

  take(hash: number, now: number): number {
    const cells = this.#cells
    const first = this.#firstCell(hash)
    const print = printOf(hash)
    let youngest = 0
    for (let cell = first; cell < first + bucketSize; cell++) {
      const found = cells[cell] as number
      if (found === 0) return -1
      const age = (now - found) & dateMask
      if (age < youngest) return -1
      if (found >>> dateBits === print) {
        this.#close(cell, first + bucketSize - 1)
        return age
      }
      youngest = age
    }
    return -1
  }

  put(hash: number, date: number): void {
    const cells = this.#cells
    const first = this.#firstCell(hash)
    for (let cell = first + bucketSize - 1; cell > first; cell--) cells[cell] = cells[cell - 1] as number
    cells[first] = (printOf(hash) << dateBits) | (date & dateMask)
  }

  /** The bucket's number is the hash as a fraction of its range: any number of buckets is used evenly. */
  #firstCell(hash: number): number {
    return Math.floor(((hash >>> 0) / 0x1_0000_0000) * this.#buckets) * bucketSize
  }

  /** Moves the cells behind `cell` one forward. */
  #close(cell: number, last: number): void {
    const cells = this.#cells
    for (let to = cell; to < last; to++) cells[to] = cells[to + 1] as number
    cells[last] = 0
  }
}

/** Other bits than those that choose the bucket; never 0, so that no cell in use is 0. */
function printOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (16 + dateBits) || 1
}
