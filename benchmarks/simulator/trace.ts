/** A sequence of requests, as the simulator runs it. */
export interface Trace {
  readonly name: string
  /** One number a request: keys are numbered from 0 on, in the order of their first request. */
  readonly requests: Uint32Array
  /** How many different keys there are: the highest number and one. */
  readonly unique: number
  /** Bytes of each key's object, by its number, where the trace tells. */
  readonly sizes?: Uint32Array
}

/** Numbers keys by first request. It stops taking requests at `limit`. */
export class TraceBuilder {
  readonly #numbers = new Map<string | number | bigint, number>()
  readonly #limit: number
  #requests = new Uint32Array(initialLength)
  #sizes: number[] | undefined
  #length = 0

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.#length >= this.#limit
  }

  get length(): number {
    return this.#length
  }

  get unique(): number {
    return this.#numbers.size
  }

  /** `key`: the number 1 and the string '1' are two keys. `size` in bytes, for all requests or for none. */
  add(key: string | number | bigint, size?: number): void {
    if (this.isFull) return
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#numbers.size
      if (number === mostKeys) throw new TraceError(`more than ${mostKeys} different keys: cut it by --limit`)
      this.#numbers.set(key, number)
      if (size !== undefined) this.#addSize(size)
    }
    if (this.#length === this.#requests.length) this.#grow()
    this.#requests[this.#length] = number
    this.#length += 1
  }

  build(name: string): Trace {
    const requests = this.#requests.slice(0, this.#length)
    const trace = { name, requests, unique: this.#numbers.size }
    return this.#sizes === undefined ? trace : { ...trace, sizes: Uint32Array.from(this.#sizes) }
  }

  #addSize(size: number): void {
    this.#sizes ??= []
    this.#sizes.push(size)
  }

  #grow(): void {
    const longer = new Uint32Array(this.#requests.length * 2)
    longer.set(this.#requests)
    this.#requests = longer
  }
}

/** A file is not what it is said to be. The message lacks the name of the file: the caller knows it. */
export class TraceError extends Error {
  override readonly name = 'TraceError'
}

const initialLength = 1 << 16
/** What one `Map` of V8 holds, with room to spare. */
const mostKeys = 1.6e7
