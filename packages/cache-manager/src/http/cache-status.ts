/** The `Cache-Status` of a response (RFC 9211): what the cache did, and why. */

export interface Forwarded {
  /** Why the origin was asked. */
  readonly fwd: 'uri-miss' | 'vary-miss' | 'stale' | 'request' | 'miss'
  /** What it answered. */
  readonly status?: number
  readonly stored?: boolean
  /** Whether it was asked for another caller. */
  readonly collapsed?: boolean
  readonly detail?: string
}

const token = /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/

/** @param name Of the cache, where it is one that a header can have. */
export function statusName(name: string): string {
  return token.test(name) ? name : 'cache'
}

export function hitStatus(name: string, ttlSeconds: number, detail?: string): string {
  return joined(name, ['hit', `ttl=${Math.floor(ttlSeconds)}`, detail && `detail=${detail}`])
}

export function forwardedStatus(name: string, forwarded: Forwarded): string {
  const { fwd, status, stored, collapsed, detail } = forwarded
  return joined(name, [
    `fwd=${fwd}`,
    status !== undefined && `fwd-status=${status}`,
    stored && 'stored',
    collapsed && 'collapsed',
    detail && `detail=${detail}`,
  ])
}

export function detailStatus(name: string, detail: string): string {
  return joined(name, [`detail=${detail}`])
}

function joined(name: string, parts: readonly (string | false | undefined)[]): string {
  return [name, ...parts.filter(part => typeof part === 'string' && part !== '')].join('; ')
}
