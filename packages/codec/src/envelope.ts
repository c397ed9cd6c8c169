/**
 * An entry as bytes: what Redis and the disk hold. All numbers big-endian; lengths and counts are 32-bit.
 *
 *   offset size
 *        0    4  magic 89 47 4c 45 ('GLE' after a byte no text begins with)
 *        4    1  format, 1
 *        5    1  codec id
 *        6    1  compression id, 0 = none
 *        7    1  state, 0f = valid, f0 = invalidated, 33 = negative
 *        8    4  checksum: CRC-32 of bytes 0-6, then of bytes 12 to the end
 *       12    4  length of the value, uncompressed
 *       16   24  createdAt, staleAt, expiresAt: float64, ms since the epoch, Infinity allowed
 *       40    8  stamp.sequence, float64
 *       48    4  length of stamp.history
 *       52    4  length of the key
 *       56    4  number of tags
 *       60    -  stamp.history, key, then each tag behind its length, then the value
 *
 * The state byte lies outside the checksum so that an invalidation can write it in place, by a script in Redis or one
 * pwrite on disk; its values differ in four bits at least, so that no small damage turns one into another. A negative
 * entry has no value and no byte of one, which is under the checksum: a state that does not fit that is damage. So one
 * that is invalidated in place needs no state of its own, and who marks need not look: f0 over no value is both.
 * Reading checks every other byte before the codec sees any, and compares the whole key: another key's bytes are never
 * returned. `checkedAt` is not written: it is by the clock of one process, and says nothing in another.
 * Rejected: dates inside the codec's value (a script could not find them), a hash of the key in its place (law 3 asks
 * for the key), and compressing before the checksum (damage would reach the decompressor).
 */
import { crc32 } from 'node:zlib'
import type { Codec, Entry } from '@greenlang/core'
import { UnsupportedValueError } from './error.ts'
import { decodeText, encodeText } from './text.ts'

/** Where the state byte lies: the one byte that may be overwritten in place. */
export const stateOffset = 7
/** The state byte of an entry that was invalidated. */
export const invalidatedState = 0xf0
const validState = 0x0f
const negativeState = 0x33
const states: readonly (number | undefined)[] = [validState, invalidatedState, negativeState]

const magic = 0x89474c45
const format = 1
const noCompression = 0
const checksumOffset = 8
const afterChecksum = 12
const headerBytes = 60
const longestValue = 2 ** 32 - 1

/** Bounds of what is read. */
export interface DecodeLimits {
  /** Most bytes the whole envelope may have. >= 0. Default `Infinity`: the codec bounds the value. */
  maxBytes?: number
}

/**
 * Why bytes are not the entry asked for. `magic`, `format`, `codec`: written by something else. `key`: another key's.
 * `truncated`: of another length than they say. `checksum`: damaged. `size`: more than `maxBytes`. `value`: refused by
 * the codec.
 */
export type ForeignReason = 'magic' | 'format' | 'codec' | 'key' | 'truncated' | 'checksum' | 'size' | 'value'

export type Decoded<T = unknown> =
  | { readonly kind: 'entry'; readonly entry: Entry<T> }
  | { readonly kind: 'foreign'; readonly reason: ForeignReason }

/**
 * The bytes of `entry` under `key`; they do not alias the value.
 * @throws UnsupportedValueError for a value the codec cannot bring back, and for `undefined` unless it is `negative`.
 */
export function encodeEntry(key: string, entry: Entry, codec: Codec): Uint8Array {
  const value = entry.negative ? Buffer.alloc(0) : encodeValue(codec, entry.value)
  const history = encodeText(entry.stamp.history)
  const keyBytes = encodeText(key)
  const tags = entry.tags.map(encodeText)
  const tagParts = tags.flatMap(tag => [uint32(tag.length), tag])

  const header = Buffer.alloc(headerBytes)
  header.writeUInt32BE(magic, 0)
  header.set([format, codec.id, noCompression, stateOf(entry)], 4)
  header.writeUInt32BE(value.byteLength, 12)
  const numbers = [entry.createdAt, entry.staleAt, entry.expiresAt, entry.stamp.sequence]
  numbers.forEach((number, index) => {
    header.writeDoubleBE(number, 16 + 8 * index)
  })
  header.writeUInt32BE(history.length, 48)
  header.writeUInt32BE(keyBytes.length, 52)
  header.writeUInt32BE(tags.length, 56)
  const bytes = Buffer.concat([header, history, keyBytes, ...tagParts, value])
  bytes.writeUInt32BE(checksum(bytes), checksumOffset)
  return bytes
}

/** The entry that `bytes` hold for `key`, or why they hold none. Never throws, whatever the bytes. */
export function decodeEntry<T = unknown>(
  key: string,
  bytes: Uint8Array,
  codec: Codec,
  limits: DecodeLimits = {},
): Decoded<T> {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reason = checkHeader(source, codec, limits.maxBytes ?? Number.POSITIVE_INFINITY)
  if (reason) return { kind: 'foreign', reason }
  const parts = splitBody(source)
  if (!parts) return { kind: 'foreign', reason: 'truncated' }
  if (checksum(source) !== source.readUInt32BE(checksumOffset)) return { kind: 'foreign', reason: 'checksum' }
  if (!parts.key.equals(encodeText(key))) return { kind: 'foreign', reason: 'key' }
  return readEntry(source, parts, codec)
}

function checkHeader(source: Buffer, codec: Codec, maxBytes: number): ForeignReason | undefined {
  if (source.length > maxBytes) return 'size'
  if (source.length < headerBytes) return 'truncated'
  if (source.readUInt32BE(0) !== magic) return 'magic'
  if (source[4] !== format || source[6] !== noCompression) return 'format'
  if (source[5] !== codec.id) return 'codec'
  return states.includes(source[stateOffset]) ? undefined : 'format'
}

interface Body {
  readonly history: Buffer
  readonly key: Buffer
  readonly tags: readonly Buffer[]
  readonly value: Buffer
}

/** `undefined` if the lengths do not add up to exactly the bytes there are. */
function splitBody(source: Buffer): Body | undefined {
  let at = headerBytes
  const take = (length: number): Buffer | undefined => {
    if (length > source.length - at) return undefined
    at += length
    return source.subarray(at - length, at)
  }
  const history = take(source.readUInt32BE(48))
  const key = take(source.readUInt32BE(52))
  if (!history || !key) return undefined
  const tags: Buffer[] = []
  for (let left = source.readUInt32BE(56); left > 0; left -= 1) {
    const length = take(4)
    const tag = length && take(length.readUInt32BE(0))
    if (!tag) return undefined
    tags.push(tag)
  }
  const value = take(source.readUInt32BE(12))
  return value && at === source.length ? { history, key, tags, value } : undefined
}

function readEntry<T>(source: Buffer, body: Body, codec: Codec): Decoded<T> {
  const createdAt = source.readDoubleBE(16)
  const staleAt = source.readDoubleBE(24)
  const expiresAt = source.readDoubleBE(32)
  const sequence = source.readDoubleBE(40)
  const state = source[stateOffset]
  // A codec of somebody's that writes no byte for a value loses it here once it is invalidated.
  const negative = body.value.length === 0 && state !== validState
  const value = negative ? undefined : decodeValue(codec, body.value)
  const fits = negative || (value !== undefined && state !== negativeState)
  // A date that is not a number would never pass.
  if (!fits || [createdAt, staleAt, expiresAt, sequence].some(Number.isNaN))
    return { kind: 'foreign', reason: 'value' }
  return {
    kind: 'entry',
    entry: {
      value: value as T,
      createdAt,
      staleAt,
      expiresAt,
      tags: body.tags.map(decodeText),
      stamp: { history: decodeText(body.history), sequence },
      invalidated: state === invalidatedState,
      negative,
    },
  }
}

function stateOf({ invalidated, negative }: Entry): number {
  if (invalidated) return invalidatedState
  return negative ? negativeState : validState
}

function encodeValue(codec: Codec, value: unknown): Uint8Array {
  if (value === undefined) throw new UnsupportedValueError(codec.name, 'undefined', [])
  const bytes = codec.encode(value)
  if (bytes.byteLength > longestValue) throw new UnsupportedValueError(codec.name, 'more than 4 GiB', [])
  return bytes
}

function decodeValue(codec: Codec, bytes: Buffer): unknown {
  try {
    return codec.decode(bytes)
  } catch {
    return undefined
  }
}

function checksum(bytes: Buffer): number {
  return crc32(bytes.subarray(afterChecksum), crc32(bytes.subarray(0, stateOffset)))
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
