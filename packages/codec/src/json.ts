import { type Codec, isGreenlangError } from '@greenlang/core'
import { MalformedBytesError, UnsupportedValueError, unreadable } from './error.ts'
import { type CodecLimits, type CodecOptions, parseCodecOptions } from './limits.ts'
import { checkValue, judgeContainer, type Verdict } from './value-check.ts'

/**
 * JSON in UTF-8, readable by other languages and by eye. Brings back plain objects, arrays, strings, finite numbers,
 * booleans and null. All else throws `UnsupportedValueError` when written, where `JSON.stringify` would change it
 * silently: undefined, NaN, infinities, bigint, Date, Map, Set, bytes, class instances, objects without a prototype,
 * cycles, arrays with holes or properties.
 */
export function jsonCodec(options: CodecOptions = {}): Codec {
  return new JsonCodec(parseCodecOptions('jsonCodec', options))
}

/** Whether it was made by `jsonCodec` and altered by nobody. */
export function isJsonCodec(codec: Codec): boolean {
  return JsonCodec.isWhole(codec)
}

class JsonCodec implements Codec {
  readonly id = 2
  readonly name = 'json'
  /** Read by the envelope, before it decompresses anything. */
  readonly maxBytes: number
  readonly #limits: CodecLimits
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(limits: CodecLimits) {
    this.maxBytes = limits.maxBytes
    this.#limits = limits
  }

  static isWhole(codec: Codec): codec is JsonCodec {
    return #limits in codec && codec.encode === JsonCodec.prototype.encode
  }

  encode(value: unknown): Uint8Array {
    const bytes = Buffer.from(this.#textOf(value))
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

  #textOf(value: unknown): string {
    try {
      return this.#check(value) ? stringifyWithMinusZero(value) : JSON.stringify(value)
    } catch (error) {
      throw isGreenlangError(error) ? error : unreadable(this.name, error)
    }
  }

  /** Whether there is a -0 in it. */
  #check(value: unknown): boolean {
    let minusZero = false
    const judgeAndLook = (part: unknown): Verdict => {
      if (part === 0 && Object.is(part, -0)) minusZero = true
      return judge(part)
    }
    checkValue({ codec: this.name, limits: this.#limits, judge: judgeAndLook }, value)
    return minusZero
  }
}

/** JSON has -0, which `JSON.parse` reads and `JSON.stringify` does not write. */
function stringifyWithMinusZero(value: unknown): string {
  const plain = JSON.stringify(value)
  let mark = '-0'
  while (plain.includes(`"${mark}"`)) mark += '0'
  const marked = JSON.stringify(value, (_, part: unknown) => (Object.is(part, -0) ? mark : part))
  return marked.replaceAll(`"${mark}"`, '-0')
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
  if (Object.getPrototypeOf(value) === null) return { reason: 'an object without a prototype' }
  return judgeContainer(value)
}
