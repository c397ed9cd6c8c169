/** DATABASE_URL and REDIS_URL: a given server is checked, and a bad one is said in one sentence without its secrets. */

import { systemClock } from '@greenlang/core'
import { ServerUrlError, type UrlFailure } from './error.ts'

/** How long a given server may take to answer. */
export const answerLimitMs = 5_000

/** Where a URL came from, and what it should look like. */
export interface GivenUrl {
  /** `DATABASE_URL` or `REDIS_URL`, or the name of the option. */
  readonly variable: string
  readonly url: string
  readonly protocols: readonly string[]
  /** What to write instead of a bad one. */
  readonly example: string
}

/**
 * @throws ServerUrlError when it is not such a URL. The parser's own error quotes the URL, so it is not the `cause`.
 */
export function checkUrl(given: GivenUrl): URL {
  const url = URL.canParse(given.url) ? new URL(given.url) : undefined
  // An @ after the host means a password with an unescaped / ? or #: what looks like the host is a piece of it.
  const ambiguous = url !== undefined && `${url.pathname}${url.search}${url.hash}`.includes('@')
  const placed = url !== undefined && (url.hostname !== '' || url.searchParams.has('host'))
  if (placed && given.protocols.includes(url.protocol) && !ambiguous) return url
  const message =
    `${given.variable} is not a URL of such a server: write it as ${given.example} ` +
    `with special characters of the password percent-encoded, or unset it to have a server started`
  throw new ServerUrlError(given.variable, 'syntax', message)
}

/** Runs `ask` against a server, within `limitMs` (5000). `giveUp` must end `ask` at once. */
export async function askWithin<T>(
  ask: () => Promise<T>,
  giveUp: () => void,
  { signal, limitMs = answerLimitMs }: { signal?: AbortSignal | undefined; limitMs?: number } = {},
): Promise<T> {
  const late = Object.assign(new Error(`no answer within ${limitMs} ms`), { code: 'ETIMEDOUT' })
  const answered = new AbortController()
  const either = signal ? AbortSignal.any([signal, answered.signal]) : answered.signal
  const asking = ask()
  asking.catch(() => {})
  const limit = systemClock.sleep(limitMs, { signal: either }).then(() => {
    throw late
  })
  try {
    return await Promise.race([asking, limit])
  } catch (error) {
    giveUp()
    signal?.throwIfAborted()
    throw error
  } finally {
    answered.abort()
    limit.catch(() => {})
  }
}

/** The sentence for a given server that did not answer as it should. */
export function urlError(given: GivenUrl, url: URL, cause: unknown): ServerUrlError {
  const { code, message } = cause as { code?: string; message?: string }
  const reason = reasonOf(code, message)
  const place = url.host === '' ? 'its server' : url.host
  const sentence = `${given.variable} cannot be used: ${whatFailed(reason, place, code, message)}, or unset it to have a server started`
  return new ServerUrlError(given.variable, reason, withoutSecrets(sentence, url), { cause })
}

const reasonOfCode: Readonly<Record<string, UrlFailure>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'unknown-host',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'timeout',
  ENETUNREACH: 'timeout',
  '28P01': 'wrong-password',
  '28000': 'wrong-password',
  '3D000': 'no-such-database',
}

function reasonOf(code = '', message = ''): UrlFailure {
  if (/^(WRONGPASS|NOAUTH)|AUTH called without|invalid password/i.test(message)) return 'wrong-password'
  return reasonOfCode[code] ?? 'failed'
}

function whatFailed(reason: UrlFailure, place: string, code = '', message = ''): string {
  switch (reason) {
    case 'refused':
      return `nothing listens on ${place}; start that server, correct the address`
    case 'unknown-host':
      return `the host of ${place} is not known; correct it`
    case 'timeout':
      return `${place} did not answer within ${answerLimitMs} ms; check that server and the way to it`
    case 'wrong-password':
      return `${place} refused its user or password; correct them`
    case 'no-such-database':
      return `${place} has no database of that name; create it, correct the name`
    default:
      return `${place} answered "${[code, message].filter(part => part !== '').join(' ')}"; correct it`
  }
}

function withoutSecrets(sentence: string, url: URL): string {
  const secrets = [url.password, safeDecode(url.password)].filter(secret => secret !== '')
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), sentence)
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
