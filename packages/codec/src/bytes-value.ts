/**
 * A value that is nothing but bytes, in the CBOR that cbor-x writes for it, without its walks: one allocation and one
 * copy each way. A Buffer is a byte string, a Uint8Array the same behind tag 64 (RFC 8746).
 */
import { types } from 'node:util'

const byteString = 0x40
const tag64 = [0xd8, 0x40] as const
/** How many bytes a length below 24, 2^8, 2^16 and 2^32 takes behind the first byte of an item. */
const longestArgument = 4

/** Smallest value that may alias what it was read from: copying less costs less than what keeping it would. */
const leastAliased = 65_536
/** What a value may keep alive beside itself: an eighth of its length. */
const wastePart = 1 / 8

/** Whether it is exactly a Buffer or a Uint8Array, of no subclass. */
export function isBytesValue(value: unknown): value is Uint8Array {
  if (!types.isUint8Array(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Buffer.prototype || prototype === Uint8Array.prototype
}

/** A copy of `value` as CBOR. It must have less than 2^32 bytes. */
export function writeBytesValue(value: Uint8Array): Buffer {
  const length = value.byteLength
  const tagged = Object.getPrototypeOf(value) === Uint8Array.prototype ? tag64.length : 0
  const size = argumentBytes(length)
  const start = tagged + 1 + size
  const bytes = Buffer.allocUnsafe(start + length)
  if (tagged > 0) bytes.set(tag64)
  if (size === 0) bytes[tagged] = byteString + length
  else {
    bytes[tagged] = byteString + 24 + Math.log2(size)
    bytes.writeUIntBE(length, tagged + 1, size)
  }
  bytes.set(value, start)
  return bytes
}

/**
 * The value, if the CBOR is exactly one byte string, tagged or not; `undefined` leaves all else, and what is damaged, to
 * the general reader. It is a copy, or a view if `owned` and it is large and nearly all that its ArrayBuffer holds.
 */
export function readBytesValue(source: Buffer, owned: boolean): Uint8Array | undefined {
  const tagged = source[0] === tag64[0] && source[1] === tag64[1] ? tag64.length : 0
  const low = (source[tagged] ?? 0) - byteString
  if (low < 0 || low > 26) return undefined
  const size = low < 24 ? 0 : 1 << (low - 24)
  const start = tagged + 1 + size
  if (start > source.length) return undefined
  const length = size === 0 ? low : source.readUIntBE(tagged + 1, size)
  if (length !== source.length - start) return undefined
  const isBuffer = tagged === 0
  return owned && mayAlias(source, length)
    ? viewOf(source.buffer, source.byteOffset + start, { length, isBuffer })
    : copyOf(source, start, isBuffer)
}

function argumentBytes(length: number): number {
  if (length < 24) return 0
  if (length < 2 ** 8) return 1
  return length < 2 ** 16 ? 2 : longestArgument
}

/** Small parts of something large, and memory that other threads share, are never aliased. */
function mayAlias({ buffer }: Buffer, length: number): boolean {
  if (length < leastAliased || !types.isArrayBuffer(buffer)) return false
  return buffer.byteLength - length <= length * wastePart
}

interface Kind {
  readonly length: number
  readonly isBuffer: boolean
}

function viewOf(buffer: ArrayBufferLike, offset: number, { length, isBuffer }: Kind): Uint8Array {
  return isBuffer ? Buffer.from(buffer, offset, length) : new Uint8Array(buffer, offset, length)
}

/** In memory of its own: a part of Buffer's pool would keep all of that alive. */
function copyOf(source: Buffer, start: number, isBuffer: boolean): Uint8Array {
  const length = source.length - start
  const copy = Buffer.allocUnsafeSlow(length)
  source.copy(copy, 0, start)
  return isBuffer ? copy : new Uint8Array(copy.buffer, 0, length)
}
