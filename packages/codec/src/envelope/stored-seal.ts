/** A seal as it lies in the bytes: its mode, the id of its key, then what its mode needs to be opened. */
import { noSeal } from './layout.ts'

export const sealModes = { sign: 1, encrypt: 2 } as const
const macBytes = 32
export const nonceBytes = 12
export const tagBytes = 16

export interface StoredSeal {
  readonly mode: number
  /** Mode and key id as they lie there: they are sealed too. */
  readonly label: Buffer
  readonly keyId: Buffer
  /** The MAC, or the nonce and the tag. */
  readonly proof: Buffer
  /** Where the value begins. */
  readonly end: number
}

/** The seal that begins at `at`. An unknown mode has no proof, so nobody opens it. */
export function readSeal(source: Buffer, at: number): StoredSeal | 'truncated' {
  const mode = source[at]
  if (mode === undefined) return 'truncated'
  if (mode === noSeal) return sealOf(source, at, at + 1, at + 1)
  const idEnd = at + 2 + (source[at + 1] ?? 0)
  const proofBytes =
    mode === sealModes.sign ? macBytes : mode === sealModes.encrypt ? nonceBytes + tagBytes : 0
  const end = idEnd + proofBytes
  return end <= source.length ? sealOf(source, at, idEnd, end) : 'truncated'
}

function sealOf(source: Buffer, at: number, idEnd: number, end: number): StoredSeal {
  return {
    mode: source[at] as number,
    label: source.subarray(at, idEnd),
    keyId: source.subarray(Math.min(at + 2, idEnd), idEnd),
    proof: source.subarray(idEnd, end),
    end,
  }
}

/** Mode and key id, as they are stored before the proof. */
export function labelOf(mode: number, keyId: Buffer): Buffer {
  return Buffer.concat([Buffer.of(mode, keyId.length), keyId])
}
