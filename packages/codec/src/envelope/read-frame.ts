/** Bytes to what they are made of. Nothing is opened, decompressed or decoded here, and nothing copied. */
import type { Codec } from '@greenlang/core'
import { encodeText } from '../text.ts'
import {
  checksum,
  checksumOffset,
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
  readonly history: Buffer
  readonly tags: readonly Buffer[]
  /** All that stands before the seal. */
  readonly head: Buffer
  readonly seal: StoredSeal | undefined
  /** As stored: sealed and compressed. */
  readonly value: Buffer
}

export function readFrame(key: string, bytes: Uint8Array, codec: Codec): Frame | Foreign {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reason = checkHeader(source, codec)
  if (reason) return foreign(reason)
  const parts = splitBody(source)
  if (!parts) return foreign('truncated')
  if (checksum(source) !== source.readUInt32BE(checksumOffset)) return foreign('checksum')
  if (!parts.key.equals(encodeText(key))) return foreign('key')
  return parts.frame
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
function splitBody(source: Buffer): { readonly key: Buffer; readonly frame: Frame } | undefined {
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
  const format = source[4] as number
  const head = source.subarray(0, at)
  const seal = format === plainFormat ? undefined : readSeal(source, at)
  if (seal === 'truncated') return undefined
  const value = source.subarray(seal ? seal.end : at)
  const compression = source[6] as number
  const rawLength = source.readUInt32BE(12)
  if (compression === noCompression && value.length !== rawLength) return undefined
  return {
    key,
    frame: { kind: 'frame', source, format, compression, rawLength, history, tags, head, seal, value },
  }
}
