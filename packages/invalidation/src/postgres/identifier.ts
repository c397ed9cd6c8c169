/** Names and texts as SQL wants them, whatever is in them. */
import { InvalidOptionError } from '@greenlang/core'

/** PostgreSQL cuts longer names off, so that two of them may be one. */
const longestBytes = 63

/** @throws InvalidOptionError for what cannot be the name of a thing in PostgreSQL. */
export function checkIdentifier(option: string, name: unknown): string {
  if (
    typeof name === 'string' &&
    name !== '' &&
    !name.includes('\0') &&
    Buffer.byteLength(name) <= longestBytes
  )
    return name
  throw new InvalidOptionError(option, `a name of 1 to ${longestBytes} bytes`, name)
}

export const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`

export const qualified = (schema: string, name: string) => `${quoteName(schema)}.${quoteName(name)}`

/** Right under either setting of `standard_conforming_strings`. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return quoted.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** The body of a function, between marks that do not occur in it. */
export function quoteBody(body: string): string {
  let mark = '$greenlang$'
  for (let n = 1; body.includes(mark); n += 1) mark = `$greenlang${n}$`
  return `${mark}\n${body}\n${mark}`
}
