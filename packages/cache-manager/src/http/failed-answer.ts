/** An answer that says the origin is out of order, as those get it who did not ask: they wait, or come while it is left alone. */
import type { Asked } from './asked.ts'
import { isBytes, readBody } from './body.ts'
import type { HttpSettings } from './http-options.ts'
import { withBody } from './responses.ts'
import { storedHeaders } from './stored.ts'

export interface FailedAnswer {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [string, string])[]
  /** `null`: too long to be held, or not for others. */
  readonly body: Uint8Array | null
}

/** Pages that say sorry are short; so many failures are remembered that longer ones would count. */
const longestBytes = 16_384

/** Of a body that others do not get. */
const ofTheBody = ['content-encoding', 'content-length', 'content-type', 'etag', 'last-modified']

/** What others are told, and the response for who asked: its body was read to find out. */
export async function heldFailure(
  settings: HttpSettings,
  asked: Asked,
  response: Response,
): Promise<{ readonly answer: FailedAnswer; readonly response: Response }> {
  const { status, statusText } = response
  const headers = storedHeaders(response.headers)
  if (isPersonal(settings, asked, response)) {
    const told = headers.filter(([name]) => name === 'retry-after')
    return { answer: { status, statusText, headers: told, body: null }, response }
  }
  const body = await readBody(response, Math.min(longestBytes, settings.maxBodyBytes))
  const whole = isBytes(body)
  const told = whole ? headers : headers.filter(([name]) => !ofTheBody.includes(name))
  const answer = { status, statusText, headers: told, body: whole ? body : null }
  const bytes = whole ? new Blob([body as Uint8Array<ArrayBuffer>]).stream() : body
  return { answer, response: withBody(response, bytes) }
}

/** Others learn then that the origin is out of order, and no more. */
function isPersonal({ shared, storeCookies }: HttpSettings, asked: Asked, { headers }: Response): boolean {
  if (!shared) return false
  const cookies = headers.has('set-cookie') && !storeCookies
  const rules = headers.get('cache-control') ?? ''
  return cookies || /\b(?:private|no-store)\b/i.test(rules) || asked.headers.has('authorization')
}
