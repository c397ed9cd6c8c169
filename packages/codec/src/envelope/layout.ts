/** The numbers of the layout that envelope.ts draws. */
import { crc32 } from 'node:zlib'
import { decodeText } from '../text.ts'

/** Where the state byte lies: the one byte that may be overwritten in place. */
export const stateOffset = 7
/** The state byte of an entry that was invalidated. */
export const invalidatedState = 0xf0
export const validState = 0x0f
export const negativeState = 0x33
export const states: readonly (number | undefined)[] = [validState, invalidatedState, negativeState]

export const magic = 0x89474c45
/** Neither compressed nor sealed. */
export const plainFormat = 1
export const wideFormat = 2
export const noCompression = 0
export const noSeal = 0
export const checksumOffset = 8
export const afterChecksum = 12
export const headerBytes = 60
export const tagHeadBytes = 4
export const longestValue = 2 ** 32 - 1

/** Of all bytes but the state and itself, `rest` being what follows `head`. */
export function checksum(head: Buffer, rest?: Uint8Array): number {
  const sum = crc32(head.subarray(afterChecksum), crc32(head.subarray(0, stateOffset)))
  return rest ? crc32(rest, sum) : sum
}

/** Where the parts of variable length end. */
export interface Ends {
  readonly history: number
  readonly key: number
  /** Of the tags, and so of all that stands before the seal; `undefined` if there are fewer bytes than they say. */
  readonly head: number | undefined
}

/** Of bytes that have a whole header; `undefined` if they do not reach to the end of the key. */
export function endsOf(source: Buffer): Ends | undefined {
  const history = headerBytes + source.readUInt32BE(48)
  const key = history + source.readUInt32BE(52)
  if (key > source.length) return undefined
  let at = key
  for (let left = source.readUInt32BE(56); left > 0; left -= 1) {
    if (at + tagHeadBytes > source.length) return { history, key, head: undefined }
    at += tagHeadBytes + source.readUInt32BE(at)
  }
  return { history, key, head: at <= source.length ? at : undefined }
}

/** The tags, which must be there. */
export function tagsOf(source: Buffer, keyEnd: number): string[] {
  const tags: string[] = []
  let at = keyEnd
  for (let left = source.readUInt32BE(56); left > 0; left -= 1) {
    const start = at + tagHeadBytes
    at = start + source.readUInt32BE(at)
    tags.push(decodeText(source, start, at))
  }
  return tags
}
