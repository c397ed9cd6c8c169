/** A request that the cache may answer, taken apart; all others go to the origin as they are. */
import { contentKey, InvalidArgumentError } from '@greenlang/core'

export type FetchInput = Parameters<typeof globalThis.fetch>[0]
export type CacheMode = Request['cache']
/** The types of Node leave out what its fetch takes. */
export type FetchInit = RequestInit & { cache?: CacheMode }

export interface Asked {
  readonly method: 'GET' | 'HEAD'
  /** Without a fragment. */
  readonly url: string
  readonly headers: Headers
  /** What the caller wants of the cache, as fetch names it. */
  readonly mode: CacheMode
  readonly redirect: Request['redirect']
  /** Ends the wait of this caller only. */
  readonly signal: AbortSignal | undefined
  readonly request: Request
  /** As the caller gave them. */
  readonly input: FetchInput
  readonly init: FetchInit
}

/** Parts of a body and conditions of the caller's own: what is stored could not answer them. */
const ownConditions = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
]

export function methodOf(input: FetchInput, init: RequestInit): string {
  return (init.method ?? (isRequest(input) ? input.method : 'GET')).toUpperCase()
}

/**
 * `undefined`: not for the cache.
 * @param target Of the input.
 * @throws TypeError as fetch does.
 */
export function askedOf(target: URL, input: FetchInput, init: FetchInit): Asked | undefined {
  const method = methodOf(input, init)
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const { cache, signal, ...rest } = init
  const mode = cache ?? (isRequest(input) ? input.cache : 'default')
  if (mode === 'no-store' || (init.integrity ?? '') !== '') return undefined
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return undefined
  const request = new Request(input, rest)
  const { headers, redirect } = request
  if (request.integrity !== '' || ownConditions.some(name => headers.has(name))) return undefined
  if (/(?:^|,)\s*no-store\s*(?:,|$)/i.test(headers.get('cache-control') ?? '')) return undefined
  const given = signal === undefined && isRequest(input) ? input.signal : (signal ?? undefined)
  return { method, url: bare(target), headers, mode, redirect, signal: given, request, input, init }
}

/** Without its fragment, which no origin is told. */
export function bare(url: URL): string {
  const copy = new URL(url)
  copy.hash = ''
  return copy.href
}

function isRequest(input: FetchInput): input is Request {
  return typeof input === 'object' && 'url' in input && 'headers' in input
}

/**
 * The message of fetch would have the password.
 * @throws InvalidArgumentError for a URL with credentials. TypeError for what is no absolute URL.
 */
export function urlOf(input: FetchInput): URL {
  const url = new URL(isRequest(input) ? input.url : input)
  if (url.username === '' && url.password === '') return url
  throw new InvalidArgumentError('input', 'a URL without a user and a password', input)
}

/** Where the answer lies. A cache for all and one for a single user have keys of their own. */
export function keyOf({ method, url, redirect }: Asked, shared: boolean): string {
  const parts = [method, url, redirect, shared]
  return `http:${contentKey({ namespace: 'http', version: '1', parts })}`
}

/** What all answers of a URL are tagged with. */
export function urlTag(url: string): string {
  return `http:${contentKey({ namespace: 'http-url', version: '1', parts: [url] })}`
}
