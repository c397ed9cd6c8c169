/** Entries to bytes, in the layout that envelope.ts draws. */
import type { Codec, Entry } from '@greenlang/core'
import { UnsupportedValueError } from '../error.ts'
import { encodeText } from '../text.ts'
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

/** The value's bytes, none for a negative entry. @throws UnsupportedValueError */
export function encodeValue(codec: Codec, { value, negative }: Entry): Uint8Array {
  if (negative) return new Uint8Array(0)
  if (value === undefined) throw new UnsupportedValueError(codec.name, 'undefined', [])
  const bytes = codec.encode(value)
  if (bytes.byteLength > longestValue) throw new UnsupportedValueError(codec.name, 'more than 4 GiB', [])
  return bytes
}

export function writePlain(labels: Labels, value: Uint8Array): Buffer {
  const stored = { bytes: value, rawLength: value.byteLength, compression: noCompression }
  return sum([...headOf(labels, stored, plainFormat), value])
}

export function writeFrame(labels: Labels, stored: StoredValue, sealer: Sealer | undefined): Buffer {
  if (!sealer && stored.compression === noCompression) return writePlain(labels, stored.bytes)
  const head = headOf(labels, stored, wideFormat)
  if (!sealer) return sum([...head, Buffer.of(noSeal), stored.bytes])
  const { seal, value } = sealer.seal(Buffer.concat(head), stored.bytes)
  return sum([...head, seal, value])
}

function headOf({ key, entry, codecId }: Labels, stored: StoredValue, format: number): readonly Buffer[] {
  const history = encodeText(entry.stamp.history)
  const keyBytes = encodeText(key)
  const tags = entry.tags.map(encodeText)

  const header = Buffer.alloc(headerBytes)
  header.writeUInt32BE(magic, 0)
  header.set([format, codecId, stored.compression, stateOf(entry)], 4)
  header.writeUInt32BE(stored.rawLength, 12)
  const numbers = [entry.createdAt, entry.staleAt, entry.expiresAt, entry.stamp.sequence]
  numbers.forEach((number, index) => {
    header.writeDoubleBE(number, 16 + 8 * index)
  })
  header.writeUInt32BE(history.length, 48)
  header.writeUInt32BE(keyBytes.length, 52)
  header.writeUInt32BE(tags.length, 56)
  return [header, history, keyBytes, ...tags.flatMap(tag => [uint32(tag.length), tag])]
}

function sum(parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts)
  bytes.writeUInt32BE(checksum(bytes), checksumOffset)
  return bytes
}

function stateOf({ invalidated, negative }: Entry): number {
  if (invalidated) return invalidatedState
  return negative ? negativeState : validState
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
