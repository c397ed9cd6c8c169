/** Rows of as many numbers each. Growing copies nothing: millions of rows cost their bytes and one chunk at most. */
export interface NumberRows {
  readonly length: number
  push(row: readonly number[]): void
  get(row: number, field: number): number
}

/** @param kind What a number takes: 8 bytes, or 4 where all are whole and fit. */
export function createRows(width: number, kind: 'float64' | 'int32'): NumberRows {
  return new ChunkedRows(width, kind)
}

const chunkBits = 12
const chunkRows = 2 ** chunkBits

class ChunkedRows implements NumberRows {
  readonly #width: number
  readonly #kind: 'float64' | 'int32'
  readonly #chunks: (Float64Array | Int32Array)[] = []
  #length = 0

  constructor(width: number, kind: 'float64' | 'int32') {
    this.#width = width
    this.#kind = kind
  }

  get length(): number {
    return this.#length
  }

  push(row: readonly number[]): void {
    const place = this.#length & (chunkRows - 1)
    if (place === 0) this.#chunks.push(this.#chunk())
    this.#chunks.at(-1)?.set(row, place * this.#width)
    this.#length += 1
  }

  get(row: number, field: number): number {
    return this.#chunks[row >>> chunkBits]?.[(row & (chunkRows - 1)) * this.#width + field] ?? Number.NaN
  }

  #chunk(): Float64Array | Int32Array {
    const size = chunkRows * this.#width
    return this.#kind === 'float64' ? new Float64Array(size) : new Int32Array(size)
  }
}
