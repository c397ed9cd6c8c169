/**
 * Reads the structure of CBOR without building anything, and refuses all that `cborCodec` does not write. It runs
 * before cbor-x does, because cbor-x's tags are registered for the whole process: with them, bytes could ask for a
 * RegExp, an Error, records, packed tables, or an integer whose reading takes minutes. Rejected: replacing those tags by
 * `addExtension`, which would change cbor-x for every other user of it in the process.
 *
 * An item is one byte of major type (3 bits) and low bits (5), then its argument: the value of a number, the length
 * of a string, the count of an array or map, the number of a tag. RFC 8949. One loop looks at every item, and what is
 * left of the containers round it waits on a stack: a call for each item cost more than reading it.
 */
import { MalformedBytesError } from './error.ts'
import type { CodecLimits } from './limits.ts'

export interface ScanLimits extends CodecLimits {
  readonly codec: string
  readonly maxBigIntBytes: number
}

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const

const tags = { date: 1, positiveBigInt: 2, negativeBigInt: 3, set: 258, map: 259 } as const
/** RFC 8746, both byte orders: cbor-x writes the machine's own. */
const typedArrayTags: ReadonlySet<number> = new Set([
  64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 77, 78, 79, 81, 82, 85, 86,
])
const protoName = Buffer.from('__proto__')
const firstOfProtoName = protoName[0]

/** @throws MalformedBytesError unless `bytes` from `start` are exactly one item of the kinds that `cborCodec` writes. */
export function scanCbor(bytes: Buffer, start: number, limits: ScanLimits): void {
  new Scan(bytes, start, limits).run()
}

class Scan {
  readonly #bytes: Buffer
  readonly #limits: ScanLimits
  /** Items left in each container round this one; below 0 where they are names and values by turns. */
  readonly #outer: number[] = []
  #at: number
  /** Items left in this container, the one that is read not counted. */
  #left = 1
  /** Whether this container's items are names and values by turns: a name is due where `#left` is even. */
  #named = false

  constructor(bytes: Buffer, start: number, limits: ScanLimits) {
    this.#bytes = bytes
    this.#limits = limits
    this.#at = start
  }

  run(): void {
    const bytes = this.#bytes
    for (;;) {
      while (this.#left === 0) {
        const outer = this.#outer.pop()
        if (outer === undefined) {
          this.#end()
          return
        }
        this.#named = outer < 0
        this.#left = this.#named ? -outer - 1 : outer
      }
      if (this.#named && (this.#left & 1) === 0) this.#name()
      this.#left -= 1
      const first = bytes[this.#at]
      if (first === undefined) this.#refuse('they end too early')
      this.#at += 1
      const kind = first >> 5
      const low = first & 0x1f
      if (kind === major.simple) this.#simple(low)
      else if (kind !== major.unsigned || low >= 24) this.#item(kind, low)
    }
  }

  #item(kind: number, low: number): void {
    const argument = this.#argument(low)
    if (kind === major.bytes || kind === major.text) this.#skip(argument)
    else if (kind === major.array) this.#enter(argument, false)
    else if (kind === major.map) this.#enter(2 * argument, true)
    else if (kind === major.tag) this.#tagged(argument)
  }

  #refuse(reason: string): never {
    throw new MalformedBytesError(this.#limits.codec, reason)
  }

  #end(): void {
    if (this.#at !== this.#bytes.length) this.#refuse('bytes follow the value')
  }

  /** Larger than any length that could follow where it does not fit in 32 bits. */
  #argument(low: number): number {
    if (low < 24) return low
    if (low > 27) this.#refuse('an item has no length')
    const size = 1 << (low - 24)
    const start = this.#at
    const bytes = this.#bytes
    this.#skip(size)
    if (size === 1) return bytes[start] as number
    if (size < 8) return bytes.readUIntBE(start, size)
    return bytes.readUInt32BE(start) * 2 ** 32 + bytes.readUInt32BE(start + 4)
  }

  #skip(count: number): void {
    if (count > this.#bytes.length - this.#at) this.#refuse('they end too early')
    this.#at += count
  }

  #simple(low: number): void {
    if (low >= 20 && low <= 23) return
    if (low < 25 || low > 27) this.#refuse('an unknown simple value')
    this.#skip(1 << (low - 24))
  }

  #name(): void {
    this.#left -= 1
    const first = this.#bytes[this.#at] ?? 0
    if (first >> 5 !== major.text) this.#refuse('a property name is not text')
    this.#at += 1
    const length = this.#argument(first & 0x1f)
    const start = this.#at
    this.#skip(length)
    if (length !== protoName.length || this.#bytes[start] !== firstOfProtoName) return
    if (protoName.equals(this.#bytes.subarray(start, this.#at))) this.#refuse('a property is named __proto__')
  }

  #enter(count: number, named: boolean): void {
    const { maxDepth } = this.#limits
    if (this.#outer.length >= maxDepth) this.#refuse(`they nest deeper than ${maxDepth} levels`)
    if (count > this.#bytes.length - this.#at) this.#refuse('they end too early')
    this.#outer.push(this.#named ? -this.#left - 1 : this.#left)
    this.#left = count
    this.#named = named
  }

  #tagged(tag: number): void {
    const first = this.#bytes[this.#at]
    if (first === undefined) this.#refuse('they end too early')
    this.#at += 1
    const [kind, low] = [first >> 5, first & 0x1f]
    if (tag === tags.date) this.#date(kind, low)
    else if (tag === tags.set && kind === major.array) this.#enter(this.#argument(low), false)
    else if (tag === tags.map && kind === major.map) this.#enter(2 * this.#argument(low), false)
    else if (kind === major.bytes) this.#taggedBytes(tag, this.#argument(low))
    else this.#refuse(`tag ${tag} is not allowed here`)
  }

  #taggedBytes(tag: number, length: number): void {
    const isBigInt = tag === tags.positiveBigInt || tag === tags.negativeBigInt
    if (isBigInt && length > this.#limits.maxBigIntBytes) this.#refuse('an integer is too long')
    if (!isBigInt && !typedArrayTags.has(tag)) this.#refuse(`tag ${tag} is not allowed`)
    this.#skip(length)
  }

  #date(kind: number, low: number): void {
    if (kind === major.simple && low === 27) this.#skip(8)
    else if (kind === major.unsigned) this.#argument(low)
    else this.#refuse('a date is not a number')
  }
}
