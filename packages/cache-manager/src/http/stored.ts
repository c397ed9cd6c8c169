/** What lies in the cache: plain data, with the body as bytes. */
import { contentKey } from '@greenlang/core'
import type { Rules } from './policy.ts'

export interface StoredResponse {
  readonly kind: 'response'
  readonly format: 1
  /** What the library for the rules needs to know of request and response. */
  readonly rules: Rules
  readonly status: number
  readonly statusText: string
  /** Of the response, for its caller; names in lower case, one entry for each cookie. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
  /** Which requests it answers, where the origin said `Vary`. */
  readonly variant: string
}

/** What lies under a URL with `Vary`: which headers count, and which answers there are. */
export interface StoredVariants {
  readonly kind: 'variants'
  readonly format: 1
  /** Part of the keys of the answers: another list has other answers. */
  readonly id: string
  readonly names: readonly string[]
  /** The answer that it began with, which has a place of its own. */
  readonly first: string
  readonly digests: readonly string[]
}

/** The variant of an answer that is for all. */
export const anyVariant = ''

export function isResponse(value: unknown): value is StoredResponse {
  const { kind, format } = (value ?? {}) as Partial<StoredResponse>
  return kind === 'response' && format === 1
}

export function isVariants(value: unknown): value is StoredVariants {
  const { kind, format } = (value ?? {}) as Partial<StoredVariants>
  return kind === 'variants' && format === 1
}

/** The values that count, as a digest: cookies and tokens among them are not to be read in the cache. */
export function variantOf(headers: Headers, names: readonly string[]): string {
  if (names.length === 0) return anyVariant
  const parts = names.map(name => [name, headers.get(name)])
  return contentKey({ namespace: 'http-variant', version: '1', parts })
}

/** Names that the response varies by, in order; `undefined` for `*`, which no request fits. */
export function varyOf(headers: Headers): readonly string[] | undefined {
  const vary = headers.get('vary') ?? ''
  const names = vary
    .toLowerCase()
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  return names.includes('*') ? undefined : [...new Set(names)].sort()
}

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What is kept of the headers: not those of the connection, nor the age, which is counted anew. */
export function storedHeaders(headers: Headers): (readonly [string, string])[] {
  const named = (headers.get('connection') ?? '').toLowerCase().split(',')
  const dropped = new Set([...hopByHop, 'age', ...named.map(name => name.trim())])
  return [...headers].filter(([name]) => !dropped.has(name))
}

const ofTheBody = ['content-encoding', 'content-length', 'content-range', 'content-type']

/** The stored headers as a `304` corrects them: all but those that describe the body. */
export function correctedHeaders(old: StoredResponse['headers'], update: Headers): Headers {
  const news = storedHeaders(update).filter(([name]) => !ofTheBody.includes(name))
  // Its date goes in any case: what was confirmed just now is not as old as it was.
  const replaced = new Set(['date', ...news.map(([name]) => name)])
  const merged = new Headers()
  for (const [name, value] of old) if (!replaced.has(name)) merged.append(name, value)
  for (const [name, value] of news) merged.append(name, value)
  const age = update.get('age')
  if (age !== null) merged.set('age', age)
  return merged
}
