/**
 * Strings as bytes, one to one. UTF-8 alone is not: it replaces half of a surrogate pair, so that two different keys
 * would become the same bytes. Such a string is written in UTF-16 behind a byte that UTF-8 never contains.
 */
const loneSurrogate = /\p{Surrogate}/u
const utf16Mark = 0xff

export function encodeText(text: string): Buffer {
  if (!loneSurrogate.test(text)) return Buffer.from(text)
  return Buffer.concat([Buffer.of(utf16Mark), Buffer.from(text, 'utf16le')])
}

export function decodeText(bytes: Buffer): string {
  return bytes[0] === utf16Mark ? bytes.toString('utf16le', 1) : bytes.toString()
}
