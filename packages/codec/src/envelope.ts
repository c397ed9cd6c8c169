/**
 * An entry as bytes: what Redis and the disk hold. All numbers big-endian; lengths and counts are 32-bit.
 *
 *   offset size
 *        0    4  magic 89 47 4c 45 ('GLE' after a byte no text begins with)
 *        4    1  format, 1 or 2
 *        5    1  codec id
 *        6    1  compression id, 0 = none, 1 = gzip, 2 = brotli
 *        7    1  state, 0f = valid, f0 = invalidated, 33 = negative
 *        8    4  checksum: CRC-32 of bytes 0-6, then of bytes 12 to the end; 0 where the store checks by itself
 *       12    4  length of the value, uncompressed
 *       16   24  createdAt, staleAt, expiresAt: float64, ms since the epoch, Infinity allowed
 *       40    8  stamp.sequence, float64
 *       48    4  length of stamp.history
 *       52    4  length of the key
 *       56    4  number of tags
 *       60    -  stamp.history, key, then each tag behind its length, then (format 2) the seal, then the value
 *
 * Format 1 is what is neither compressed nor sealed, so that every version reads and writes it alike. In format 2 the
 * value reaches to the end of the bytes, and the seal before it is: one byte 0 for none, 1 for signed, 2 for encrypted;
 * then, unless none, the length of a key's id in one byte, the id, and 32 bytes HMAC-SHA-256, or 12 bytes nonce and
 * 16 bytes tag of AES-256-GCM. What is sealed is bytes 0-6, bytes 12 to the end of the id, and the value as stored:
 * all but the state byte, the checksum, which is no secret, and the seal's own bytes.
 *
 * The state byte lies outside the checksum so that an invalidation can write it in place, by a script in Redis or one
 * pwrite on disk; its values differ in four bits at least, so that no small damage turns one into another. A negative
 * entry has no value and no byte of one, which is under the checksum: a state that does not fit that is damage. So one
 * that is invalidated in place needs no state of its own, and who marks need not look: f0 over no value is both.
 * Reading checks every other byte before the codec sees any, and compares the whole key: another key's bytes are never
 * returned. `checkedAt` is not written: it is by the clock of one process, and says nothing in another.
 * Rejected: dates inside the codec's value (a script could not find them), a hash of the key in its place (law 3 asks
 * for the key), and a checksum of what was before compression (damage would reach the decompressor).
 */
import type { Codec, Entry } from '@greenlang/core'
import { noCompression, plainFormat } from './envelope/layout.ts'
import { type Foreign, readFrame } from './envelope/read-frame.ts'
import { entryOf } from './envelope/to-entry.ts'
import { encodeValue, type Framing, writeFrame } from './envelope/write-frame.ts'

const plainFraming: Framing = { sealer: undefined, checked: true }

/** Bounds of what is read. */
export interface DecodeLimits {
  /** Most bytes the whole envelope may have. >= 0. Default `Infinity`: the codec bounds the value. */
  maxBytes?: number
}

export type Decoded<T = unknown> = { readonly kind: 'entry'; readonly entry: Entry<T> } | Foreign

/**
 * The bytes of `entry` under `key`, neither compressed nor sealed; they do not alias the value.
 * @throws UnsupportedValueError for a value the codec cannot bring back, and for `undefined` unless it is `negative`.
 */
export function encodeEntry(key: string, entry: Entry, codec: Codec): Uint8Array {
  const bytes = encodeValue(codec, entry)
  const stored = { bytes, rawLength: bytes.byteLength, compression: noCompression }
  return writeFrame({ key, entry, codecId: codec.id }, stored, plainFraming)
}

/**
 * The entry that `bytes` hold for `key`, or why they hold none. Never throws, whatever the bytes. What is compressed or
 * sealed is foreign here: `createEnvelope` reads it.
 */
export function decodeEntry<T = unknown>(
  key: string,
  bytes: Uint8Array,
  codec: Codec,
  limits: DecodeLimits = {},
): Decoded<T> {
  if (bytes.byteLength > (limits.maxBytes ?? Number.POSITIVE_INFINITY))
    return { kind: 'foreign', reason: 'size' }
  const frame = readFrame({ key, codec, checked: true }, bytes)
  if (frame.kind === 'foreign') return frame
  if (frame.format !== plainFormat) return { kind: 'foreign', reason: 'format' }
  return entryOf<T>(frame, { bytes: frame.value, codec, owned: false })
}
