/**
 * Texts of one length made of the 64 characters of base64url, such as UUIDs and hexadecimal ids: kept as the bytes they
 * are the base64url of, they take three quarters of the room, and one native call brings a whole block back. 16 bytes for
 * a UUID would be less still, but its dashes have to be put back by hand, which took as long as all other columns.
 */
import { blockCharacters } from './text-blocks.ts'

/** Only whole groups of characters come back without filling, so the length is a multiple of this. */
const group = 4
const bytesOfGroup = 3
const fewest = 8
const longest = 256
const narrow = /^[\w-]*$/

/** `undefined` where not all are such texts. */
export function writeNarrow(values: readonly unknown[]): { length: number; bytes: Buffer } | undefined {
  const [first] = values
  const length = typeof first === 'string' ? first.length : 0
  if (length < fewest || length > longest || length % group > 0) return undefined
  for (const value of values) if (typeof value !== 'string' || value.length !== length) return undefined
  const whole = values.join('')
  return narrow.test(whole) ? { length, bytes: Buffer.from(whole, 'base64url') } : undefined
}

/** The texts; `undefined` if the bytes are not those of texts of `length` characters. */
export function readNarrow(length: unknown, bytes: Buffer): string[] | undefined {
  if (typeof length !== 'number' || !(length >= fewest && length <= longest) || length % group > 0)
    return undefined
  const bytesEach = (length / group) * bytesOfGroup
  if (bytes.length % bytesEach > 0) return undefined
  const texts = new Array<string>(bytes.length / bytesEach)
  const batch = Math.floor(blockCharacters / length)
  for (let start = 0; start < texts.length; start += batch) {
    const end = Math.min(start + batch, texts.length)
    const whole = bytes.toString('base64url', start * bytesEach, end * bytesEach)
    for (let index = start; index < end; index += 1)
      texts[index] = whole.substring((index - start) * length, (index - start + 1) * length)
  }
  return texts
}
