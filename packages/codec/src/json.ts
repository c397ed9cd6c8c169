import type { Codec } from '@greenlang/core'
import { MalformedBytesError, UnsupportedValueError } from './error.ts'
import { type CodecLimits, type CodecOptions, parseCodecOptions } from './limits.ts'
import { checkValue, isPlainArray, isPlainObject, type Verdict } from './value-check.ts'

/**
 * JSON in UTF-8, readable by other languages and by eye. Brings back plain objects, arrays, strings, finite numbers,
 * booleans and null; -0 as 0, an object without prototype as a plain one, and without the properties that are undefined.
 * All else throws `UnsupportedValueError` when written, where `JSON.stringify` would change it silently: undefined
 * elsewhere, NaN, infinities, bigint, Date, Map, Set, bytes, class instances, cycles, arrays with holes.
 */
export function jsonCodec(options: CodecOptions = {}): Codec {
  return new JsonCodec(parseCodecOptions('jsonCodec', options))
}

class JsonCodec implements Codec {
  readonly id = 2
  readonly name = 'json'
  readonly #limits: CodecLimits
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(limits: CodecLimits) {
    this.#limits = limits
  }

  encode(value: unknown): Uint8Array {
    this.#check(value)
    const bytes = Buffer.from(JSON.stringify(value))
    if (bytes.byteLength <= this.#limits.maxBytes) return bytes
    throw new UnsupportedValueError(this.name, `a value larger than ${this.#limits.maxBytes} bytes`, [])
  }

  decode(bytes: Uint8Array): unknown {
    const { maxBytes } = this.#limits
    if (bytes.byteLength > maxBytes)
      throw new MalformedBytesError(this.name, `there are more than ${maxBytes}`)
    try {
      const value: unknown = JSON.parse(this.#text.decode(bytes))
      this.#check(value)
      return value
    } catch (error) {
      throw new MalformedBytesError(this.name, 'they are not JSON within the limits', { cause: error })
    }
  }

  #check(value: unknown): void {
    checkValue({ codec: this.name, limits: this.#limits, judge, dropsUndefined: true }, value)
  }
}

function judge(value: unknown): Verdict {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return 'whole'
    case 'number':
      return Number.isFinite(value) ? 'whole' : { reason: String(value) }
    case 'undefined':
      return { reason: 'undefined' }
    case 'object':
      return value === null ? 'whole' : judgeObject(value)
    default:
      return { reason: `a ${typeof value}` }
  }
}

function judgeObject(value: object): Verdict {
  if (isPlainArray(value)) return 'array'
  return isPlainObject(value) ? 'object' : { reason: 'an instance of a class' }
}
