/** The numbers of the layout that envelope.ts draws. */
import { crc32 } from 'node:zlib'

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
export const longestValue = 2 ** 32 - 1

/** Of all bytes but the state and itself. */
export function checksum(bytes: Buffer): number {
  return crc32(bytes.subarray(afterChecksum), crc32(bytes.subarray(0, stateOffset)))
}
