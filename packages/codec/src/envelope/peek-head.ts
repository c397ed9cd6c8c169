import { decodeText, encodeText } from '../text.ts'
import { endsOf, headerBytes, magic, plainFormat, stateOffset, states, tagsOf, wideFormat } from './layout.ts'
import { asBuffer } from './read-frame.ts'

/** What an envelope says of its entry in front of the value. Nothing of it is verified: neither checksum nor seal. */
export interface Head {
  readonly key: string
  /** ms since the epoch, as in an entry. */
  readonly createdAt: number
  readonly staleAt: number
  readonly expiresAt: number
  /** Absent, like `end`, where the bytes given end before the tags do. */
  readonly tags?: readonly string[]
  /** Offset of what follows the tags: the value, or the seal before it. */
  readonly end?: number
}

/**
 * Reads the head from the first bytes of an envelope, whatever codec, compression and seal it is of; for listings, which
 * read nothing else of it. `undefined` if the bytes are none or end before the key does. Never throws.
 */
export function peekHead(bytes: Uint8Array): Head | undefined {
  const source = asBuffer(bytes)
  if (source.length < headerBytes || source.readUInt32BE(0) !== magic) return undefined
  if (source[4] !== plainFormat && source[4] !== wideFormat) return undefined
  const ends = states.includes(source[stateOffset]) ? endsOf(source) : undefined
  if (!ends) return undefined
  const key = decodeText(source, ends.history, ends.key)
  // Bytes that no key has would come out as one that has others.
  if (!encodeText(key).equals(source.subarray(ends.history, ends.key))) return undefined
  const createdAt = source.readDoubleBE(16)
  const staleAt = source.readDoubleBE(24)
  const expiresAt = source.readDoubleBE(32)
  if (Number.isNaN(createdAt) || Number.isNaN(staleAt) || Number.isNaN(expiresAt)) return undefined
  const head = { key, createdAt, staleAt, expiresAt }
  return ends.head === undefined ? head : { ...head, tags: tagsOf(source, ends.key), end: ends.head }
}
