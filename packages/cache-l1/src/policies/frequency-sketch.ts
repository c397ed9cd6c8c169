/**
 * About how often each key was used lately, cached or not: the sketch of Einziger, Friedman, Manes, "TinyLFU: a highly
 * efficient cache admission policy" (ACM Transactions on Storage 13, 2017). A count-min sketch: a key has one 4-bit
 * counter in each of four rows, all are raised at a use, and the least of them is its frequency, never too low, too high
 * where it shares all four. Once ten uses an entry were counted, all counters are halved, so the past fades.
 *
 * A key's four counters lie in one *block* of 64 bytes, a cache line: 32 counters for each row. The high bits of the hash
 * choose the block, so that a sketch that grows can copy what it knows. An entry costs 16 bytes; with 8, keys that share
 * counters cost a loop larger than the cache a tenth of its hits, and real loads a quarter of a point. Rejected: the
 * "doorkeeper", a Bloom filter in front for keys used once; it saves room that is small beside an entry's.
 */

const wordsInBlock = 16
const entriesInBlock = 4
const rows = 4
const wordsInRow = 4
const mostUses = 15
const usesAnEntry = 10

export class FrequencySketch {
  /** Eight counters a word. */
  #words = new Int32Array(0)
  #blocks = 0
  /** Uses counted since the last halving, those before it at half. */
  #counted = 0

  /** Counts a use. @param entries How many are in the cache: decides when the past is halved. */
  count(hash: number, entries: number): void {
    const first = this.#blockOf(hash)
    const places = placesOf(hash)
    let raised = false
    for (let row = 0; row < rows; row += 1) {
      const place = (places >>> (8 * row)) & 31
      const index = first + row * wordsInRow + (place >> 3)
      const shift = (place & 7) * 4
      const word = this.#words[index] as number
      if (((word >>> shift) & mostUses) === mostUses) continue
      this.#words[index] = word + (1 << shift)
      raised = true
    }
    if (!raised) return
    this.#counted += 1
    if (this.#counted >= usesAnEntry * entries && this.#counted >= this.#words.length) this.#halve()
  }

  /** 0 to 15. */
  frequency(hash: number): number {
    const first = this.#blockOf(hash)
    const places = placesOf(hash)
    let least = mostUses
    for (let row = 0; row < rows; row += 1) {
      const place = (places >>> (8 * row)) & 31
      const word = this.#words[first + row * wordsInRow + (place >> 3)] as number
      least = Math.min(least, (word >>> ((place & 7) * 4)) & mostUses)
    }
    return least
  }

  /** Fit for `length` entries. What is known stays known: a new block begins as a copy of what it was part of. */
  grow(length: number): void {
    const blocks = Math.ceil(length / entriesInBlock)
    if (blocks <= this.#blocks) return
    const words = new Int32Array(blocks * wordsInBlock)
    for (let block = 0; block < blocks; block += 1) {
      const source = Math.floor((block * this.#blocks) / blocks) * wordsInBlock
      words.set(this.#words.subarray(source, source + wordsInBlock), block * wordsInBlock)
    }
    this.#words = words
    this.#blocks = blocks
  }

  clear(): void {
    this.#words = new Int32Array(0)
    this.#blocks = 0
    this.#counted = 0
  }

  #blockOf(hash: number): number {
    return Math.floor(((hash >>> 0) * this.#blocks) / 2 ** 32) * wordsInBlock
  }

  #halve(): void {
    const words = this.#words
    for (let index = 0; index < words.length; index += 1)
      words[index] = ((words[index] as number) >>> 1) & 0x77777777
    this.#counted >>>= 1
  }
}

/** Four bytes, one a row, unlike the bits that choose the block. */
function placesOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}
