/**
 * Reads the structure of CBOR without building anything, and refuses all that `cborCodec` does not write. It runs
 * before cbor-x does, because cbor-x's tags are registered for the whole process: with them, bytes could ask for a
 * RegExp, an Error, records, packed tables, or an integer whose reading takes minutes. Rejected: replacing those tags by
 * `addExtension`, which would change cbor-x for every other user of it in the process.
 *
 * An item is one byte of major type (3 bits) and low bits (5), then its argument: the value of a number, the length
 * of a string, the count of an array or map, the number of a tag. RFC 8949.
 */
import { MalformedBytesError } from './error.ts'
import type { CodecLimits } from './limits.ts'

export interface ScanLimits extends CodecLimits {
  readonly codec: string
  readonly maxBigIntBytes: number
}

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const
const indefinite = -1
const endOfIndefinite = 0xff

const tags = { date: 1, positiveBigInt: 2, negativeBigInt: 3, set: 258, map: 259 } as const
/** RFC 8746, both byte orders: cbor-x writes the machine's own. */
const typedArrayTags: ReadonlySet<number> = new Set([
  64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 77, 78, 79, 81, 82, 85, 86,
])
const protoName = Buffer.from('__proto__')

/** @throws MalformedBytesError unless `bytes` are exactly one item of the kinds that `cborCodec` writes. */
export function scanCbor(bytes: Buffer, limits: ScanLimits): void {
  const scan = new Scan(bytes, limits)
  if (bytes.byteLength > limits.maxBytes) scan.refuse(`there are more than ${limits.maxBytes}`)
  scan.item(0)
  scan.end()
}

class Scan {
  readonly #bytes: Buffer
  readonly #limits: ScanLimits
  #at = 0
  #low = 0

  constructor(bytes: Buffer, limits: ScanLimits) {
    this.#bytes = bytes
    this.#limits = limits
  }

  refuse(reason: string): never {
    throw new MalformedBytesError(this.#limits.codec, reason)
  }

  end(): void {
    if (this.#at !== this.#bytes.length) this.refuse('bytes follow the value')
  }

  item(depth: number): void {
    const kind = this.#head()
    if (kind === major.simple) this.#simple()
    else if (kind === major.bytes || kind === major.text) this.#skip(this.#argument(kind))
    else if (kind === major.array) this.#array(this.#argument(kind), depth)
    else if (kind === major.map) this.#object(this.#argument(kind), depth)
    else if (kind === major.tag) this.#tagged(this.#argument(kind), depth)
    else this.#argument(kind)
  }

  #head(): number {
    if (this.#at >= this.#bytes.length) this.refuse('they end too early')
    const first = this.#bytes[this.#at] ?? 0
    this.#at += 1
    this.#low = first & 0x1f
    return first >> 5
  }

  /** Larger than any length that could follow where it does not fit in 32 bits. */
  #argument(kind: number): number {
    const low = this.#low
    if (low < 24) return low
    if (low === 31 && kind === major.array) return indefinite
    if (low > 27) this.refuse('an item has no length')
    const size = 2 ** (low - 24)
    const start = this.#at
    this.#skip(size)
    if (size < 8) return this.#bytes.readUIntBE(start, size)
    return this.#bytes.readUInt32BE(start) * 2 ** 32 + this.#bytes.readUInt32BE(start + 4)
  }

  #skip(count: number): void {
    if (count > this.#bytes.length - this.#at) this.refuse('they end too early')
    this.#at += count
  }

  #simple(): void {
    if (this.#low >= 20 && this.#low <= 23) return
    if (this.#low < 25 || this.#low > 27) this.refuse('an unknown simple value')
    this.#skip(2 ** (this.#low - 24))
  }

  #array(count: number, depth: number): void {
    this.#enter(count, depth)
    if (count === indefinite) {
      while (this.#bytes[this.#at] !== endOfIndefinite) this.item(depth + 1)
      this.#at += 1
    } else for (let index = 0; index < count; index += 1) this.item(depth + 1)
  }

  #object(count: number, depth: number): void {
    this.#enter(2 * count, depth)
    for (let index = 0; index < count; index += 1) {
      this.#name()
      this.item(depth + 1)
    }
  }

  #name(): void {
    if (this.#head() !== major.text) this.refuse('a property name is not text')
    const length = this.#argument(major.text)
    const start = this.#at
    this.#skip(length)
    if (length === protoName.length && protoName.equals(this.#bytes.subarray(start, this.#at)))
      this.refuse('a property is named __proto__')
  }

  #tagged(tag: number, depth: number): void {
    const kind = this.#head()
    if (tag === tags.date) this.#date(kind)
    else if (tag === tags.set && kind === major.array) this.#array(this.#argument(kind), depth)
    else if (tag === tags.map && kind === major.map) this.#map(this.#argument(kind), depth)
    else if (kind === major.bytes) this.#taggedBytes(tag, this.#argument(kind))
    else this.refuse(`tag ${tag} is not allowed here`)
  }

  #map(count: number, depth: number): void {
    this.#enter(2 * count, depth)
    for (let index = 0; index < 2 * count; index += 1) this.item(depth + 1)
  }

  #taggedBytes(tag: number, length: number): void {
    const isBigInt = tag === tags.positiveBigInt || tag === tags.negativeBigInt
    if (isBigInt && length > this.#limits.maxBigIntBytes) this.refuse('an integer is too long')
    if (!isBigInt && !typedArrayTags.has(tag)) this.refuse(`tag ${tag} is not allowed`)
    this.#skip(length)
  }

  #date(kind: number): void {
    if (kind === major.simple && this.#low === 27) this.#skip(8)
    else if (kind === major.unsigned) this.#argument(kind)
    else this.refuse('a date is not a number')
  }

  #enter(least: number, depth: number): void {
    if (depth >= this.#limits.maxDepth) this.refuse(`they nest deeper than ${this.#limits.maxDepth} levels`)
    if (least > this.#bytes.length - this.#at) this.refuse('they end too early')
  }
}
