import { mix32 } from './random.ts'

const hexByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * The uuid (version 8: made by us) of row `row` under `stream`. Looks random, so indexes on it behave as on version 4;
 * unique within a stream, since its first 32 bits are a bijection of the row number.
 */
export function rowId(stream: number, row: number): string {
  const a = mix32(row ^ stream)
  const b = mix32(a ^ 0x243f6a88)
  const c = mix32(a + stream)
  const d = mix32(b ^ Math.imul(stream, 0x9e3779b1))
  const versioned = (b & 0xffff0fff) | 0x8000
  const variant = (c & 0x3fffffff) | 0x80000000
  return `${hex32(a)}-${hex16(versioned >>> 16)}-${hex16(versioned)}-${hex16(variant >>> 16)}-${hex16(variant)}${hex32(d)}`
}

/** `length` hex digits (a multiple of 8) that look random, the same for the same stream and row. */
export function rowHex(stream: number, row: number, length: number): string {
  let state = mix32(row ^ stream)
  let text = ''
  while (text.length < length) {
    text += hex32(state)
    state = mix32(state + 0x9e3779b9)
  }
  return text
}

function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value)
}

function hex16(value: number): string {
  return `${hexByte[(value >>> 8) & 255]}${hexByte[value & 255]}`
}
