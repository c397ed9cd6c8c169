import type { Codec } from '@greenlang/core'
import { Encoder } from 'cbor-x'
import { scanCbor } from './cbor-scan.ts'
import { MalformedBytesError, UnsupportedValueError } from './error.ts'
import { type CodecLimits, type CodecOptions, parseCodecOptions } from './limits.ts'
import { checkValue, isPlainArray, isPlainObject, type Verdict } from './value-check.ts'

/** Most bytes of one integer beyond 64 bits: cbor-x reads them in time that grows with the square of their number. */
const maxBigIntBytes = 1024
const bigIntLimit = 1n << BigInt(maxBigIntBytes * 8)

/** Half of a surrogate pair has no UTF-8, so it cannot come back. */
const loneSurrogate = /\p{Surrogate}/u

/** What cbor-x recognises by class, so what comes back as it was only if it is of exactly that class of this realm. */
const wholeClasses: ReadonlySet<unknown> = new Set(
  [
    Date,
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
 * back plain objects (properties that are enumerable and named by strings), arrays, Map, Set, Date, Buffer, typed
 * arrays, bigint up to 1024 bytes, undefined inside a value, NaN and infinities; -0 as 0, an object without prototype as a
 * plain one. All else throws `UnsupportedValueError` when written: class instances, functions, symbols, RegExp, Error,
 * cycles, arrays with holes, a property named `__proto__`, half of a surrogate pair.
 */
export function cborCodec(options: CodecOptions = {}): Codec {
  return new CborCodec(parseCodecOptions('cborCodec', options))
}

class CborCodec implements Codec {
  readonly id = 1
  readonly name = 'cbor'
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

  constructor(limits: CodecLimits) {
    this.#limits = limits
  }

  encode(value: unknown): Uint8Array {
    checkValue({ codec: this.name, limits: this.#limits, judge, judgeName }, value)
    const bytes = this.#cbor.encode(value)
    if (bytes.byteLength <= this.#limits.maxBytes) return bytes
    throw new UnsupportedValueError(this.name, `a value larger than ${this.#limits.maxBytes} bytes`, [])
  }

  decode(bytes: Uint8Array): unknown {
    // A view of its own: cbor-x hangs a property on what it reads, and gives back Buffers only from a Buffer.
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    scanCbor(source, { codec: this.name, ...this.#limits, maxBigIntBytes })
    try {
      return this.#cbor.decode(source)
    } catch (error) {
      throw new MalformedBytesError(this.name, 'they are not a whole CBOR item', { cause: error })
    }
  }
}

function judge(value: unknown): Verdict {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return 'whole'
    case 'string':
      return loneSurrogate.test(value) ? { reason: 'a string with half of a surrogate pair' } : 'whole'
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
  if (isPlainArray(value)) return 'array'
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Map.prototype) return 'map'
  if (prototype === Set.prototype) return 'set'
  if (wholeClasses.has(prototype)) return 'whole'
  return isPlainObject(value) ? 'object' : { reason: 'an instance of a class' }
}

function judgeName(name: string): string | undefined {
  if (name === '__proto__') return 'a property named __proto__'
  return loneSurrogate.test(name) ? 'a property name with half of a surrogate pair' : undefined
}
