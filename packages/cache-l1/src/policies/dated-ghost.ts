/**
 * Remembers which keys came, and when: 2 bytes a key.
 *
 * How it works. The table is cut into *buckets* of eight *cells* of 16 bits; a key belongs to one bucket. A cell holds
 * 10 bits of the key's hash, the *print*, and 6 bits of the *date*: the time its entry came, counted in units the caller
 * chooses, modulo 64. Within a bucket the newest cell is first; a ninth key pushes the oldest out. So a key is
 * remembered for about as many arrivals as there are cells, without links, tombstones or a sweep.
 *
 * Ages grow from the first cell of a bucket to its last. One smaller than that of the cell before it has wrapped around:
 * that cell and those after it are forgotten. A key that was away for 64 units
 * or more while hardly any other came to its bucket may be taken for a younger one, by a multiple of 64. Two keys of a
 * bucket with the same print are taken for one another: a key that was never here is found in at most 8 / 1024 = 0.8 %
 * of the cases. Either only lets a key in too early.
 *
 * Rejected: a queue of hashes with a map beside it (over 20 bytes a key, and garbage), a count-min sketch (says how
 * often, not how long ago, and how long ago is what this cache decides by).
 */
const bucketSize = 8
const dateBits = 6
const dateMask = (1 << dateBits) - 1
/** Hashes there are. */
const hashes = 2 ** 32

export class DatedGhost {
  readonly #buckets: number
  readonly #cells: Uint16Array

  /** @param length Cells it has at least: for how many arrivals, about, a key is remembered. */
  constructor(length: number) {
    this.#buckets = Math.ceil(length / bucketSize)
    this.#cells = new Uint16Array(this.#buckets * bucketSize)
  }

  get length(): number {
    return this.#cells.length
  }

  /** Units since the key came before, -1 if it is not remembered; from here on, it came now. */
  meet(hash: number, now: number): number {
    const cells = this.#cells
    if (cells.length === 0) return -1
    const print = printOf(hash)
    let cell = this.#firstCell(hash)
    const end = cell + bucketSize
    // Each cell takes what was before it, up to the one that is met or empty: one pass finds and makes room.
    let moved = (print << dateBits) | (now & dateMask)
    for (let youngest = 0; cell < end; cell += 1) {
      const found = cells[cell] as number
      cells[cell] = moved
      if (found === 0) return -1
      const age = (now - found) & dateMask
      if (age < youngest) break
      if (found >>> dateBits === print) return age
      youngest = age
      moved = found
    }
    return -1
  }

  /** Forgets the key that has just been met. */
  forget(hash: number): void {
    const first = this.#firstCell(hash)
    this.#cells.copyWithin(first, first + 1, first + bucketSize)
    if (this.#cells.length > 0) this.#cells[first + bucketSize - 1] = 0
  }

  /** The bucket's number is the hash as a fraction of its range: any number of buckets is used evenly. */
  #firstCell(hash: number): number {
    return Math.floor(((hash >>> 0) / hashes) * this.#buckets) * bucketSize
  }
}

/** Other bits than those that choose the bucket; never 0, so that no cell in use is 0. */
function printOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> (16 + dateBits) || 1
}
