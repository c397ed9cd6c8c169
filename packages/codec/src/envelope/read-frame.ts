/** Bytes to what they are made of. Nothing is opened, decompressed or decoded here, and nothing copied. */
import type { Codec } from '@greenlang/core'
import { isTextAt } from '../text.ts'
import {
  checksum,
  checksumOffset,
  type Ends,
  endsOf,
  headerBytes,
  magic,
  noCompression,
  plainFormat,
  stateOffset,
  states,
  wideFormat,
} from './layout.ts'
import { readSeal, type StoredSeal } from './stored-seal.ts'

/**
 * Why bytes are not the entry asked for. `magic`, `format`, `codec`: written by something else. `key`: another key's.
 * `truncated`: of another length than they say. `checksum`: damaged. `size`: more than may be read. `seal`: not sealed
 * with a key that is known, or sealed where no seal is asked for. `value`: refused by the decompressor or the codec.
 */
export type ForeignReason =
  | 'magic'
  | 'format'
  | 'codec'
  | 'key'
  | 'truncated'
  | 'checksum'
  | 'size'
  | 'seal'
  | 'value'

export interface Foreign {
  readonly kind: 'foreign'
  readonly reason: ForeignReason
}

/** The parts of an entry's bytes. */
export interface Frame {
  readonly kind: 'frame'
  readonly source: Buffer
  readonly format: number
  readonly compression: number
  /** Length of the value before compression, as the bytes say. */
  readonly rawLength: number
  readonly ends: Ends
  /** Where what stands before the seal ends. */
  readonly headEnd: number
  readonly seal: StoredSeal | undefined
  /** As stored: sealed and compressed. */
  readonly value: Buffer
}

/** What bytes are read for, and how. */
export interface Asked {
  readonly key: string
  readonly codec: Codec
  /** Whether the checksum is compared. */
  readonly checked: boolean
}

export function readFrame({ key, codec, checked }: Asked, bytes: Uint8Array): Frame | Foreign {
  const source = asBuffer(bytes)
  const reason = checkHeader(source, codec)
  if (reason) return foreign(reason)
  const frame = splitBody(source)
  if (!frame) return foreign('truncated')
  if (checked && checksum(source) !== source.readUInt32BE(checksumOffset)) return foreign('checksum')
  const { history, key: keyEnd } = frame.ends
  return isTextAt(source, history, keyEnd, key) ? frame : foreign('key')
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function foreign(reason: ForeignReason): Foreign {
  return { kind: 'foreign', reason }
}

function checkHeader(source: Buffer, codec: Codec): ForeignReason | undefined {
  if (source.length < headerBytes) return 'truncated'
  if (source.readUInt32BE(0) !== magic) return 'magic'
  const isPlain = source[4] === plainFormat && source[6] === noCompression
  if (!isPlain && source[4] !== wideFormat) return 'format'
  if (source[5] !== codec.id) return 'codec'
  return states.includes(source[stateOffset]) ? undefined : 'format'
}

/** `undefined` if the lengths do not add up to exactly the bytes there are. */
function splitBody(source: Buffer): Frame | undefined {
  const ends = endsOf(source)
  const headEnd = ends?.head
  if (!ends || headEnd === undefined) return undefined
  const format = source[4] as number
  const seal = format === plainFormat ? undefined : readSeal(source, headEnd)
  if (seal === 'truncated') return undefined
  const start = seal ? seal.end : headEnd
  const compression = source[6] as number
  const rawLength = source.readUInt32BE(12)
  if (compression === noCompression && source.length - start !== rawLength) return undefined
  const value = source.subarray(start)
  return { kind: 'frame', source, format, compression, rawLength, ends, headEnd, seal, value }
}
