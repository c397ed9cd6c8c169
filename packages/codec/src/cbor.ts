import { types } from 'node:util'
import { type Codec, isGreenlangError } from '@greenlang/core'
import { Encoder } from 'cbor-x'
import { isBytesValue, readBytesValue, writeBytesValue } from './bytes-value.ts'
import { type ScanLimits, scanCbor } from './cbor-scan.ts'
import { MalformedBytesError, UnsupportedValueError, unreadable } from './error.ts'
import { type CodecLimits, type CodecOptions, parseCodecOptions } from './limits.ts'
import { deepestPacked, levelsAround, levelsPerPacked } from './rows/marks.ts'
import { pack, unpackable } from './rows/pack.ts'
import { readRoot } from './rows/root.ts'
import { unpack } from './rows/unpack.ts'
import {
  checkValue,
  isBare,
  isWellFormed,
  isWholeDate,
  isWholeText,
  judgeContainer,
  type Verdict,
} from './value-check.ts'

/** Most bytes of one integer beyond 64 bits: cbor-x reads them in time that grows with the square of their number. */
const maxBigIntBytes = 1024
const bigIntLimit = 1n << BigInt(maxBigIntBytes * 8)

/** Bytes up to here are copied where cbor-x has a view of them already: making one costs more than the copy. */
const scratchBytes = 4096

/** What cbor-x recognises by class, so what comes back as it was only if it is of exactly that class of this realm. */
const bytesClasses: ReadonlySet<unknown> = new Set(
  [
    Buffer,
    Uint8Array,
    Uint8ClampedArray,
    Uint16Array,
    Uint32Array,
    BigUint64Array,
    Int8Array,
    Int16Array,
    Int32Array,
    BigInt64Array,
    Float32Array,
    Float64Array,
  ].map(type => type.prototype),
)

/**
 * CBOR by cbor-x, for bytes that may have been written by anyone: read only if made of what this codec writes. Brings
 * back plain objects (properties that are enumerable and named by strings, with their prototype or none), arrays, Map,
 * Set, Date, Buffer, typed arrays, bigint up to 1024 bytes, undefined inside a value, -0, NaN and infinities. An object
 * that is there twice comes back as two. All else throws `UnsupportedValueError` when
 * written: class instances, functions, symbols, RegExp, Error, ArrayBuffer, cycles, arrays with holes or properties,
 * a property named `__proto__`, half of a surrogate pair.
 */
export function cborCodec(options: CodecOptions = {}): Codec {
  return new CborCodec(parseCodecOptions('cborCodec', options))
}

/**
 * As `codec.decode`, for bytes that belong to nobody else and never change: where `codec` is a `cborCodec` that nobody
 * altered, a large value that is one Buffer or Uint8Array may alias them.
 */
export function decodeOwned(codec: Codec, bytes: Buffer): unknown {
  return CborCodec.isWhole(codec) ? codec.decodeOwned(bytes) : codec.decode(bytes)
}

/** Whether it was made by `cborCodec` and altered by nobody. */
export function isCborCodec(codec: Codec): boolean {
  return CborCodec.isWhole(codec)
}

class CborCodec implements Codec {
  readonly id = 1
  readonly name = 'cbor'
  /** Read by the envelope, before it decompresses anything. */
  readonly maxBytes: number
  readonly #limits: CodecLimits
  /** No records: their reader is code built from names in the data. No `structuredClone`: it revives classes. */
  readonly #cbor = new Encoder({
    useRecords: false,
    structuredClone: false,
    mapsAsObjects: true,
    copyBuffers: true,
    tagUint8Array: true,
    variableMapSize: true,
    useToJSON: false,
  })
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes)
  /** Its types do not know the second parameter. */
  readonly #decodeUpTo = this.#cbor.decode.bind(this.#cbor) as (source: Buffer, end: number) => unknown
  readonly #rules: ReturnType<typeof rulesOf>

  constructor(limits: CodecLimits) {
    this.maxBytes = limits.maxBytes
    this.#limits = limits
    this.#rules = rulesOf(this.name, limits)
  }

  /** Whether nothing of it is replaced, as in an object that was derived from it or is spied on. */
  static isWhole(codec: Codec): codec is CborCodec {
    const { encode, decode } = CborCodec.prototype
    return #limits in codec && codec.encode === encode && codec.decode === decode
  }

  encode(value: unknown): Uint8Array {
    const { maxBytes } = this.#limits
    const isBytes = isBytesValue(value)
    if (!isBytes || value.byteLength <= maxBytes) {
      const bytes = isBytes ? writeBytesValue(value) : this.#write(value)
      if (bytes.byteLength <= maxBytes) return bytes
    }
    throw new UnsupportedValueError(this.name, `a value larger than ${maxBytes} bytes`, [])
  }

  decode(bytes: Uint8Array): unknown {
    return this.#decode(bytes, false)
  }

  decodeOwned(bytes: Uint8Array): unknown {
    return this.#decode(bytes, true)
  }

  #decode(bytes: Uint8Array, owned: boolean): unknown {
    const { maxBytes } = this.#limits
    if (bytes.byteLength > maxBytes) this.#rules.refuse(`there are more than ${maxBytes}`)
    const source = Buffer.isBuffer(bytes) ? bytes : viewOf(bytes, 0)
    const value = readBytesValue(source, owned)
    if (value !== undefined) return value
    const root = readRoot(source)
    if (root === 'damaged') return this.#rules.refuse('they begin like a packed value and are none')
    if (root === undefined) {
      scanCbor(source, 0, this.#rules.plain)
      return this.#read(source, 0)
    }
    scanCbor(source, root.start, this.#rules.packed)
    return unpack(this.#read(source, root.start), root, this.#rules)
  }

  #write(value: unknown): Uint8Array {
    try {
      if (value !== undefined) {
        const { item, prefix } = pack(value, this.#rules)
        const bytes = this.#cbor.encode(item)
        return prefix ? joined(prefix, bytes) : bytes
      }
    } catch (error) {
      if (error !== unpackable) throw unreadable(this.name, error)
    }
    return this.#explain(value)
  }

  /** Looks at the value once more, for what in it is refused and where. */
  #explain(value: unknown): never {
    try {
      checkValue({ codec: this.name, limits: this.#limits, judge, judgeName }, value)
    } catch (error) {
      throw isGreenlangError(error) ? error : unreadable(this.name, error)
    }
    throw unreadable(this.name)
  }

  #read(source: Buffer, start: number): unknown {
    const length = source.length - start
    try {
      // A view of its own: cbor-x hangs a property on what it reads, and gives back Buffers only from a Buffer.
      if (length > scratchBytes) return this.#cbor.decode(viewOf(source, start))
      copySmall(source, start, this.#scratch)
      return this.#decodeUpTo(this.#scratch, length)
    } catch (error) {
      throw new MalformedBytesError(this.name, 'they are not a whole CBOR item', { cause: error })
    }
  }
}

function rulesOf(codec: string, { maxBytes, maxDepth }: CodecLimits) {
  const plain: ScanLimits = { codec, maxBytes, maxDepth, maxBigIntBytes }
  const packed = { ...plain, maxDepth: maxDepth + deepestPacked * levelsPerPacked + levelsAround }
  const refuse = (reason: string): never => {
    throw new MalformedBytesError(codec, reason)
  }
  return { plain, packed, refuse, maxDepth, maxItems: maxBytes, judge, judgeName }
}

function joined(prefix: Buffer, bytes: Buffer): Buffer {
  const whole = Buffer.allocUnsafe(prefix.length + bytes.length - 1)
  // Backwards: the prefix takes the place of the first byte.
  whole.set(bytes, prefix.length - 1)
  whole.set(prefix)
  return whole
}

function viewOf(bytes: Uint8Array, start: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start)
}

/** A call of `set` costs as much as a hundred bytes in a loop. */
function copySmall(source: Buffer, start: number, target: Buffer): void {
  if (source.length - start > 256) target.set(start === 0 ? source : source.subarray(start))
  else for (let at = start; at < source.length; at += 1) target[at - start] = source[at] as number
}

function judge(value: unknown): Verdict {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return 'whole'
    case 'string':
      return isWellFormed(value) ? 'whole' : { reason: 'a string with half of a surrogate pair' }
    case 'bigint':
      return value < bigIntLimit && value >= -bigIntLimit
        ? 'whole'
        : { reason: `a bigint longer than ${maxBigIntBytes} bytes` }
    case 'object':
      return value === null ? 'whole' : judgeObject(value)
    default:
      return { reason: `a ${typeof value}` }
  }
}

function judgeObject(value: object): Verdict {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === Array.prototype) return judgeContainer(value)
  if (types.isMap(value) && prototype === Map.prototype) return isBare(value) ? 'map' : withProperties
  if (types.isSet(value) && prototype === Set.prototype) return isBare(value) ? 'set' : withProperties
  if (types.isDate(value)) return isWholeDate(value) ? 'whole' : withProperties
  if (types.isTypedArray(value) && bytesClasses.has(prototype)) return 'whole'
  return judgeContainer(value)
}

const withProperties: Verdict = { reason: 'an instance of a class, or one with properties of its own' }

function judgeName(name: string): string | undefined {
  if (name === '__proto__') return 'a property named __proto__'
  return isWholeText(name) ? undefined : 'a property name with half of a surrogate pair or a byte order mark'
}
