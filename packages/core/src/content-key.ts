import { createHash } from 'node:crypto'
import { contentText } from './content-text.ts'
import { InvalidOptionError } from './error.ts'
import { checkOptions, checkText } from './option.ts'

export interface ContentKeyOptions {
  /** Whose content it is, such as the name of a job or table; a string that is not empty. */
  namespace: string
  /** Of the code or format that made what lies under the key: another one, another key. A string that is not empty. */
  version: string
  /** What the content depends on: plain data of any depth up to 500; Dates, Maps, Sets, RegExps and bytes included. */
  parts: readonly unknown[]
}

/**
 * The address of content: SHA-256 in hex over namespace, version and parts, each with its type and length, so that
 * no two of them can run into one another. It is the same in every process and on every machine, and shows nothing of
 * what it was made from. The order of properties, and of the members of Sets and Maps, does not matter; that of
 * arrays does.
 * @throws InvalidArgumentError naming the part that has no content (a function, symbol, class instance or invalid
 * date), that holds itself, or that is nested more than 500 deep. InvalidOptionError for a bad option.
 */
export function contentKey(options: ContentKeyOptions): string {
  checkOptions('contentKey', options, ['namespace', 'version', 'parts'])
  const namespace = checkText('namespace', options.namespace)
  const version = checkText('version', options.version)
  if (!Array.isArray(options.parts)) throw new InvalidOptionError('parts', 'an array', options.parts)
  const text = contentText([namespace, version]) + contentText(options.parts)
  // Rejected: UTF-8, in which all lone surrogates are the same three bytes.
  return createHash('sha256').update(text, 'utf16le').digest('hex')
}
