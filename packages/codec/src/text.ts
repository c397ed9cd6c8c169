/**
 * Strings as bytes, one to one. UTF-8 alone is not: it replaces half of a surrogate pair, so that two different keys
 * would become the same bytes. Such a string is written in UTF-16 behind a byte that UTF-8 never contains.
 *
 * Short ASCII, which nearly all keys and tags are, is written and compared in a loop: a call out of JavaScript costs as
 * much as a hundred bytes there.
 */
import { isWellFormed } from './value-check.ts'

const utf16Mark = 0xff
const longestInLoop = 64
const endOfAscii = 0x80

export function encodeText(text: string): Buffer {
  if (isWellFormed(text)) return Buffer.from(text)
  return Buffer.concat([Buffer.of(utf16Mark), Buffer.from(text, 'utf16le')])
}

/** Length of `encodeText(text)`. */
export function textBytes(text: string): number {
  if (asciiLength(text) === text.length) return text.length
  return isWellFormed(text) ? Buffer.byteLength(text) : 1 + 2 * text.length
}

/** Writes `encodeText(text)` at `at`, where there must be room for it. Returns its end. */
export function writeText(target: Buffer, text: string, at: number): number {
  if (asciiLength(text) === text.length) {
    for (let index = 0; index < text.length; index += 1) target[at + index] = text.charCodeAt(index)
    return at + text.length
  }
  if (isWellFormed(text)) return at + target.write(text, at)
  target[at] = utf16Mark
  return at + 1 + target.write(text, at + 1, 'utf16le')
}

/** Whether the bytes from `start` to `end` are `encodeText(text)`. */
export function isTextAt(source: Buffer, start: number, end: number, text: string): boolean {
  if (end - start === text.length && asciiLength(text) === text.length) {
    for (let index = 0; index < text.length; index += 1)
      if (source[start + index] !== text.charCodeAt(index)) return false
    return true
  }
  return encodeText(text).equals(source.subarray(start, end))
}

/** What `encodeText` made the bytes from `start` to `end` of. */
export function decodeText(source: Buffer, start: number, end: number): string {
  if (start === end) return ''
  return source[start] === utf16Mark
    ? source.toString('utf16le', start + 1, end)
    : source.toString('utf8', start, end)
}

/** How many characters are ASCII before the first one that is not; 0 for a text too long for a loop. */
function asciiLength(text: string): number {
  if (text.length > longestInLoop) return 0
  let length = 0
  while (length < text.length && text.charCodeAt(length) < endOfAscii) length += 1
  return length
}
