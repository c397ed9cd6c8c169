/** One question to the origin, conditional where there is something to ask about, and what its answer means to a cache. */
import type { Asked, FetchInit } from './asked.ts'
import { discard, isBytes, readBody } from './body.ts'
import { type FailedAnswer, heldFailure } from './failed-answer.ts'
import type { HttpParts } from './http-parts.ts'
import type { Life, Rules } from './policy.ts'
import { withBody } from './responses.ts'
import { anyVariant, correctedHeaders, type StoredResponse, storedHeaders, varyOf } from './stored.ts'

export interface Question {
  readonly asked: Asked
  /** What is stored already and fits the request. */
  readonly old: StoredResponse | undefined
  readonly signal: AbortSignal
}

export type Answered =
  /** To be kept, under the variant that its caller finds. `names`: the request headers that it varies by. */
  | {
      readonly kind: 'stored'
      readonly stored: StoredResponse
      readonly names: readonly string[]
      readonly life: Life
      readonly status: number
    }
  /** For one caller. */
  | { readonly kind: 'passed'; readonly response: Response; readonly detail: string }
  /** The origin is out of order, and there is something that may stand in. */
  | { readonly kind: 'failed'; readonly response: Response; readonly answer: FailedAnswer }

/** As RFC 5861 has them. */
const errors = [500, 502, 503, 504]

/** Rejects as fetch does. */
export async function askOrigin(parts: HttpParts, { asked, old, signal }: Question): Promise<Answered> {
  const sentAt = parts.settings.clock.now()
  const conditions = old === undefined ? [] : conditionsOf(old)
  const response = await send(parts, asked, { conditions, signal })
  if (response.status === 304 && old !== undefined && conditions.length > 0) {
    if (!isAbout(old, response)) {
      discard(response)
      return askOrigin(parts, { asked, old: undefined, signal })
    }
    const { status, statusText, body } = old
    const headers = correctedHeaders(old.headers, response.headers)
    const bytes = body as Uint8Array<ArrayBuffer>
    const whole = new Response(bytes.length === 0 ? null : bytes, { status, statusText, headers })
    const kept = await keep(parts, asked, { response: whole, sentAt })
    return kept.kind === 'stored' ? { ...kept, stored: { ...kept.stored, body }, status: 304 } : kept
  }
  if (old !== undefined && errors.includes(response.status))
    return { kind: 'failed', ...(await heldFailure(parts.settings, asked, response)) }
  return keep(parts, asked, { response, sentAt })
}

export interface Sending {
  /** Headers beside those of the request. */
  readonly conditions: readonly (readonly [string, string])[]
  readonly signal: AbortSignal | undefined
}

/** To the origin as the caller asked, but for the signal, and for what the caller wants of this cache alone. */
export function send(
  { settings }: HttpParts,
  asked: Asked,
  { conditions, signal }: Sending,
): Promise<Response> {
  const headers = new Headers(asked.headers)
  for (const [name, value] of conditions) headers.set(name, value)
  const cache = asked.mode === 'reload' || asked.mode === 'no-cache' ? asked.mode : 'default'
  const init: FetchInit = { ...asked.init, headers, cache, signal: signal ?? null }
  return settings.fetch(asked.input, init)
}

function conditionsOf({ rules }: StoredResponse): readonly (readonly [string, string])[] {
  const { etag, 'last-modified': modified } = rules.resh
  return [
    ...(typeof etag === 'string' ? [['if-none-match', etag] as const] : []),
    ...(typeof modified === 'string' ? [['if-modified-since', modified] as const] : []),
  ]
}

/** An origin may confirm something else than it was asked about. */
function isAbout({ rules }: StoredResponse, { headers }: Response): boolean {
  const etag = headers.get('etag')
  const mine = rules.resh.etag
  return etag === null || typeof mine !== 'string' || strong(etag) === strong(mine)
}

const strong = (etag: string) => etag.trim().replace(/^W\//, '')

interface Arrival {
  readonly response: Response
  readonly sentAt: number
}

async function keep(parts: HttpParts, asked: Asked, { response, sentAt }: Arrival): Promise<Answered> {
  const { policies, settings } = parts
  const passed = (detail: string): Answered => ({ kind: 'passed', response, detail })
  const names = varyOf(response.headers)
  const refusal = refusalOf(parts, response)
  if (refusal !== undefined || names === undefined) return passed(refusal ?? 'vary')
  const rules = policies.rulesOf(asked, { status: response.status, headers: response.headers, sentAt })
  // Found before the body is read: what is not stored is not waited for.
  if (rules === undefined || policies.lifeOf(rules, settings.revalidateForMs) === undefined)
    return passed('not-storable')
  const body = await readBody(response, settings.maxBodyBytes)
  if (!isBytes(body)) return { kind: 'passed', response: withBody(response, body), detail: 'too-large' }
  const life = policies.lifeOf(rules, settings.revalidateForMs) ?? { ttlMs: 1, graceMs: 0 }
  return { kind: 'stored', stored: storedOf(response, rules, body), names, life, status: response.status }
}

function refusalOf({ settings }: HttpParts, response: Response): string | undefined {
  // What one hop says of itself does not hold for the way there.
  if (response.redirected) return 'redirected'
  const cookies = settings.shared && !settings.storeCookies && response.headers.has('set-cookie')
  return cookies ? 'set-cookie' : undefined
}

function storedOf(response: Response, rules: Rules, body: Uint8Array): StoredResponse {
  const { status, statusText } = response
  const headers = storedHeaders(response.headers)
  return { kind: 'response', format: 1, rules, status, statusText, headers, body, variant: anyVariant }
}
