/** A stamp as the header of an envelope has it: see envelope.ts of `@greenlang/codec`. */
import { encodeText } from '@greenlang/codec'
import type { Stamp } from '@greenlang/core'

/** Bytes 40 to 51, sequence and length of the history, and then the history, which begins at byte 60. */
export function stampBytes({ history, sequence }: Stamp): readonly [Buffer, Buffer] {
  const text = utf8(history)
  const head = Buffer.alloc(12)
  head.writeDoubleBE(sequence, 0)
  head.writeUInt32BE(text.length, 8)
  return [head, text]
}

export function utf8(text: string): Buffer {
  return Buffer.from(encodeText(text))
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
