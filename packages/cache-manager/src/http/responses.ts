/** Responses as callers get them. */
import type { Asked } from './asked.ts'
import type { FailedAnswer } from './failed-answer.ts'
import type { StoredResponse } from './stored.ts'

/** Statuses that have no body. */
const withoutBody = [101, 103, 204, 205, 304]

export interface Served {
  readonly asked: Asked
  /** For `Cache-Status`. */
  readonly status: string
}

/** A new one for each caller: nobody can change the bytes of another. */
export function storedAnswer(
  stored: StoredResponse,
  ageSeconds: number,
  { asked, status }: Served,
): Response {
  const headers = new Headers(stored.headers.map(([name, value]): [string, string] => [name, value]))
  headers.set('age', `${Math.max(0, Math.floor(ageSeconds))}`)
  headers.append('cache-status', status)
  const bodiless = asked.method === 'HEAD' || withoutBody.includes(stored.status)
  const init = { status: stored.status, statusText: stored.statusText, headers }
  const response = new Response(bodiless ? null : (stored.body as Uint8Array<ArrayBuffer>), init)
  Object.defineProperty(response, 'url', { value: asked.url })
  return response
}

/** What came from the origin and is not stored; its body as it comes, until the caller's signal aborts. */
export function passedAnswer(response: Response, { asked, status }: Served): Response {
  const headers = new Headers(response.headers)
  headers.append('cache-status', status)
  const { url, redirected, statusText } = response
  const bodiless = response.body === null || withoutBody.includes(response.status)
  const body = bodiless ? null : endedBy(response.body, asked.signal)
  const passed = new Response(body, { status: response.status, statusText, headers })
  Object.defineProperty(passed, 'url', { value: url === '' ? asked.url : url })
  Object.defineProperty(passed, 'redirected', { value: redirected })
  return passed
}

function endedBy(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> | null {
  if (signal === undefined || body === null) return body
  return body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal })
}

/** What the origin said to another caller. A new one for each. */
export function failedAnswer(failed: FailedAnswer, { asked, status }: Served): Response {
  const headers = new Headers(failed.headers.map(([name, value]): [string, string] => [name, value]))
  headers.append('cache-status', status)
  const bodiless = asked.method === 'HEAD' || failed.body === null
  const init = { status: failed.status, statusText: failed.statusText, headers }
  const response = new Response(bodiless ? null : (failed.body as Uint8Array<ArrayBuffer>), init)
  Object.defineProperty(response, 'url', { value: asked.url })
  return response
}

/** The same response, where its own body was begun already. */
export function withBody(
  { status, statusText, headers, url, redirected }: Response,
  body: ReadableStream<Uint8Array>,
): Response {
  const response = new Response(body, { status, statusText, headers })
  Object.defineProperty(response, 'url', { value: url })
  Object.defineProperty(response, 'redirected', { value: redirected })
  return response
}

/** For a caller who wants nobody asked. */
export function gatewayTimeout(status: string): Response {
  return new Response(null, {
    status: 504,
    statusText: 'Gateway Timeout',
    headers: { 'cache-status': status },
  })
}
