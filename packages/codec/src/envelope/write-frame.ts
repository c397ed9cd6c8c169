/** Entries to bytes, in the layout that envelope.ts draws. */
import type { Codec, Entry } from '@greenlang/core'
import { UnsupportedValueError } from '../error.ts'
import { textBytes, writeText } from '../text.ts'
import {
  checksum,
  checksumOffset,
  headerBytes,
  invalidatedState,
  longestValue,
  magic,
  negativeState,
  noCompression,
  noSeal,
  plainFormat,
  stateOffset,
  tagHeadBytes,
  validState,
  wideFormat,
} from './layout.ts'
import type { Sealer } from './seal.ts'

/** What an entry is written from, but its value. */
export interface Labels {
  readonly key: string
  readonly entry: Entry
  readonly codecId: number
}

export interface StoredValue {
  readonly bytes: Uint8Array
  /** Length before compression. */
  readonly rawLength: number
  readonly compression: number
}

const noBytes = new Uint8Array(0)

/** The value's bytes, none for a negative entry. @throws UnsupportedValueError */
export function encodeValue(codec: Codec, { value, negative }: Entry): Uint8Array {
  if (negative) return noBytes
  if (value === undefined) throw new UnsupportedValueError(codec.name, 'undefined', [])
  const bytes = codec.encode(value)
  if (bytes.byteLength > longestValue) throw new UnsupportedValueError(codec.name, 'more than 4 GiB', [])
  return bytes
}

export interface Framing {
  readonly sealer: Sealer | undefined
  /** Whether the checksum is written; else 0. */
  readonly checked: boolean
}

/** All that stands before the value, with room for the value behind it or not; and the value as it is to be stored. */
interface Framed {
  readonly head: Buffer
  readonly headBytes: number
  readonly value: Uint8Array
}

/** The entry as one piece. */
export function writeFrame(labels: Labels, stored: StoredValue, { sealer, checked }: Framing): Buffer {
  const { head, headBytes, value } = frame(labels, stored, { sealer, withRoom: true })
  head.set(value, headBytes)
  if (checked) head.writeUInt32BE(checksum(head), checksumOffset)
  return head
}

/** The entry as what to write one after the other; the value is not copied. */
export function writeParts(labels: Labels, stored: StoredValue, { sealer, checked }: Framing): Uint8Array[] {
  const { head, value } = frame(labels, stored, { sealer, withRoom: false })
  if (checked) head.writeUInt32BE(checksum(head, value), checksumOffset)
  return [head, value]
}

function frame(
  labels: Labels,
  stored: StoredValue,
  { sealer, withRoom }: { readonly sealer: Sealer | undefined; readonly withRoom: boolean },
): Framed {
  if (sealer) return frameSealed(labels, stored, { sealer, withRoom })
  const isPlain = stored.compression === noCompression
  const end = headBytesOf(labels)
  const headBytes = isPlain ? end : end + 1
  const head = Buffer.allocUnsafe(headBytes + (withRoom ? stored.bytes.byteLength : 0))
  writeHead(head, labels, stored, isPlain ? plainFormat : wideFormat)
  if (!isPlain) head[end] = noSeal
  return { head, headBytes, value: stored.bytes }
}

function frameSealed(
  labels: Labels,
  stored: StoredValue,
  { sealer, withRoom }: { readonly sealer: Sealer; readonly withRoom: boolean },
): Framed {
  const unsealed = Buffer.allocUnsafe(headBytesOf(labels))
  writeHead(unsealed, labels, stored, wideFormat)
  const { seal, value } = sealer.seal(unsealed, stored.bytes)
  const headBytes = unsealed.length + seal.length
  const head = Buffer.allocUnsafe(headBytes + (withRoom ? value.byteLength : 0))
  head.set(unsealed)
  head.set(seal, unsealed.length)
  return { head, headBytes, value }
}

function headBytesOf({ key, entry: { stamp, tags } }: Labels): number {
  let bytes = headerBytes + textBytes(stamp.history) + textBytes(key)
  for (const tag of tags) bytes += tagHeadBytes + textBytes(tag)
  return bytes
}

/** The checksum is left 0: a sealed head is written before it is known. */
function writeHead(head: Buffer, { key, entry, codecId }: Labels, stored: StoredValue, format: number): void {
  head.writeUInt32BE(magic, 0)
  head[4] = format
  head[5] = codecId
  head[6] = stored.compression
  head[stateOffset] = stateOf(entry)
  head.writeUInt32BE(0, checksumOffset)
  head.writeUInt32BE(stored.rawLength, 12)
  head.writeDoubleBE(entry.createdAt, 16)
  head.writeDoubleBE(entry.staleAt, 24)
  head.writeDoubleBE(entry.expiresAt, 32)
  head.writeDoubleBE(entry.stamp.sequence, 40)
  const historyEnd = writeText(head, entry.stamp.history, headerBytes)
  const keyEnd = writeText(head, key, historyEnd)
  head.writeUInt32BE(historyEnd - headerBytes, 48)
  head.writeUInt32BE(keyEnd - historyEnd, 52)
  head.writeUInt32BE(entry.tags.length, 56)
  let at = keyEnd
  for (const tag of entry.tags) {
    const end = writeText(head, tag, at + tagHeadBytes)
    head.writeUInt32BE(end - at - tagHeadBytes, at)
    at = end
  }
}

function stateOf({ invalidated, negative }: Entry): number {
  if (invalidated) return invalidatedState
  return negative ? negativeState : validState
}
