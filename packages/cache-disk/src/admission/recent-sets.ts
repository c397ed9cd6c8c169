/**
 * About how often each key was set lately: the count-min sketch of Einziger, Friedman, Manes, "TinyLFU: a highly
 * efficient cache admission policy" (ACM Transactions on Storage 13, 2017), with their minimal increment: a key has one
 * 4-bit counter in each of four rows, the least of them is its count, and only those that are as low are raised. So a
 * count is too high where a key shares all four, never too low but for ageing.
 *
 * Ageing halves the counters once in every `window` sets. It goes round block by block as sets are counted, so it never
 * holds up the event loop, and a key's four counters lie in one block, so they age at once. A set that was counted once
 * is forgotten after 1 to `window` further sets: two sets `d` apart are seen as two with a chance of about 1 - d / window.
 *
 * Rejected: a Bloom filter in front for the first set (the paper's doorkeeper): it is emptied at one stroke, and saves
 * room that is small beside the index.
 */

const wordsInBlock = 16
const wordsInRow = 4
const rows = 4
const most = 15
/**
 * Sets in the window for each block, which has 32 counters a row: a key that was set once is then taken for one that was
 * set before at a rate of about 1 in 1000, and a window of 2^17 takes 1 MiB.
 */
const setsInBlock = 8

export class RecentSets {
  readonly #words: Uint32Array
  readonly #blocks: number
  #sets = 0
  /** The block that ages next. */
  #next = 0

  /** @param window Sets after which a block has aged once. Whole, > 0. */
  constructor(window: number) {
    this.#blocks = Math.ceil(window / setsInBlock)
    this.#words = new Uint32Array(this.#blocks * wordsInBlock)
  }

  /** Counts a set. @param name At least 16 hex digits of a good hash. Returns how many there were lately, this one included: 1 to 15. */
  count(name: string): number {
    this.#age()
    const first = this.#firstOf(name)
    const places = placesOf(name)
    const before = this.#least(first, places)
    if (before === most) return most
    for (let row = 0; row < rows; row += 1) {
      const index = wordOf(first, places, row)
      const shift = shiftOf(places, row)
      const word = this.#words[index] as number
      if (((word >>> shift) & most) === before) this.#words[index] = word + 2 ** shift
    }
    return before + 1
  }

  /** How many were counted lately: 0 to 15. */
  seen(name: string): number {
    return this.#least(this.#firstOf(name), placesOf(name))
  }

  #least(first: number, places: number): number {
    let least = most
    for (let row = 0; row < rows; row += 1) {
      const word = this.#words[wordOf(first, places, row)] as number
      least = Math.min(least, (word >>> shiftOf(places, row)) & most)
    }
    return least
  }

  #age(): void {
    this.#sets += 1
    if (this.#sets < setsInBlock) return
    this.#sets = 0
    const first = this.#next * wordsInBlock
    this.#next = (this.#next + 1) % this.#blocks
    for (let index = first; index < first + wordsInBlock; index += 1)
      this.#words[index] = ((this.#words[index] as number) >>> 1) & 0x77777777
  }

  #firstOf(name: string): number {
    return Math.floor((Number.parseInt(name.slice(0, 8), 16) * this.#blocks) / 2 ** 32) * wordsInBlock
  }
}

/** Five bits a row, of other digits than those that choose the block: two choose a word, three a counter in it. */
function placesOf(name: string): number {
  return Number.parseInt(name.slice(8, 16), 16)
}

function wordOf(first: number, places: number, row: number): number {
  return first + row * wordsInRow + ((places >>> (5 * row + 3)) & (wordsInRow - 1))
}

function shiftOf(places: number, row: number): number {
  return ((places >>> (5 * row)) & 7) * 4
}
