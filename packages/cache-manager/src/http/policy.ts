/** The rules of RFC 9111 and RFC 5861, by http-cache-semantics, on the clock of the cache. */
import type { Clock } from '@greenlang/core'
import CachePolicy, { type PolicyObject } from 'http-cache-semantics'

/** The library's own plain form. */
export type Rules = PolicyObject

export interface PolicyRequest {
  readonly method: string
  readonly headers: Headers
}

export interface PolicyResponse {
  readonly status: number
  readonly headers: Headers
  /** When it was asked for: an age counts from there. */
  readonly sentAt: number
}

export interface Life {
  readonly ttlMs: number
  /** How long past it the answer may be of use. */
  readonly graceMs: number
}

export interface Assessment {
  /** `fresh`: serve it. `stale`: it may be served while it is loaded anew. `refused`: not without asking the origin. */
  readonly use: 'fresh' | 'stale' | 'refused'
  /** Whether it may stand in for an origin that fails. */
  readonly ifError: boolean
  readonly ageSeconds: number
  /** What is left of its time; negative where that is over. */
  readonly ttlSeconds: number
}

export interface Policies {
  /** `undefined`: not to be stored. */
  rulesOf(request: PolicyRequest, response: PolicyResponse): Rules | undefined
  /** `undefined`: of no use to later requests. */
  lifeOf(rules: Rules, revalidateForMs: number): Life | undefined
  assess(rules: Rules, request: PolicyRequest): Assessment
}

/** The longest that is asked of any tier, a year: origins send dates without end. */
const longestMs = 365 * 86_400_000

export function createPolicies(clock: Clock, shared: boolean): Policies {
  class TimedPolicy extends CachePolicy {
    /** The library reads the time here. */
    override now(): number {
      return clock.now()
    }
  }
  const policyOf = (rules: Rules) => TimedPolicy.fromObject(rules)
  return {
    rulesOf(request, { status, headers, sentAt }) {
      const policy = new TimedPolicy(
        { method: request.method, headers: requestHeaders(request.headers) },
        { status, headers: responseHeaders(headers, sentAt) },
        { shared },
      )
      return policy.storable() ? plain({ ...policy.toObject(), t: sentAt }) : undefined
    },

    lifeOf(rules, revalidateForMs) {
      const policy = policyOf(rules)
      const freshMs = (policy.maxAge() - policy.age()) * 1_000
      const { rescc } = rules
      const standInSeconds = isStrict(rules, shared)
        ? 0
        : Math.max(seconds(rescc['stale-while-revalidate']), seconds(rescc['stale-if-error']))
      const validated = rules.resh.etag !== undefined || rules.resh['last-modified'] !== undefined
      // Grace counts from the end of a time that may be over already.
      const graceMs = Math.max(Math.min(freshMs, 0) + standInSeconds * 1_000, validated ? revalidateForMs : 0)
      if (freshMs <= 0 && graceMs <= 0) return undefined
      return { ttlMs: Math.min(Math.max(freshMs, 1), longestMs), graceMs: Math.min(graceMs, longestMs) }
    },

    assess(rules, { method, headers }) {
      const stored = policyOf(rules)
      const isStale = stored.stale()
      const strict = isStrict(rules, shared)
      const result = (isStale ? stored : withoutMustRevalidate(policyOf, rules)).evaluateRequest({
        method,
        headers: requestHeaders(headers),
      })
      const ageSeconds = stored.age()
      const staleFor = ageSeconds - stored.maxAge()
      const served = result.response !== undefined && !(isStale && strict)
      return {
        use: served ? (isStale ? 'stale' : 'fresh') : 'refused',
        ifError: !strict && seconds(rules.rescc['stale-if-error']) > staleFor,
        ageSeconds,
        ttlSeconds: -staleFor,
      }
    },
  }
}

/** The directive is about stale answers; the library takes it for fresh ones as well. */
function withoutMustRevalidate(policyOf: (rules: Rules) => CachePolicy, rules: Rules): CachePolicy {
  const { 'must-revalidate': strict, ...rescc } = rules.rescc
  // That it may be stored, perhaps because of the directive, was found as it came.
  return policyOf(strict === undefined ? rules : { ...rules, rescc, a: true })
}

/** Never served once its time is over, not even where the origin cannot be reached. */
function isStrict({ rescc }: Rules, shared: boolean): boolean {
  const names = ['must-revalidate', 'no-cache', ...(shared ? ['proxy-revalidate'] : [])]
  return names.some(name => rescc[name] !== undefined)
}

function seconds(directive: string | true | undefined): number {
  const value = Number.parseInt(`${directive ?? ''}`, 10)
  return Number.isFinite(value) && value > 0 ? value : 0
}

/** Directives are compared in lower case, and the library expects them so. */
function requestHeaders(headers: Headers): Readonly<Record<string, string>> {
  return {
    ...lowered(headers, 'cache-control'),
    ...lowered(headers, 'pragma'),
    // Only whether there is one counts: what it says is not to be stored.
    ...(headers.has('authorization') && { authorization: 'yes' }),
  }
}

/** Who varies and who sets cookies is decided elsewhere. */
const used = ['age', 'date', 'etag', 'expires', 'last-modified', 'pragma']

function responseHeaders(headers: Headers, sentAt: number): Readonly<Record<string, string>> {
  const found = used.flatMap(name => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  const age = initialAge(headers, sentAt)
  return {
    ...Object.fromEntries(found),
    ...(age > 0 && { age: `${age}` }),
    ...lowered(headers, 'cache-control'),
  }
}

/**
 * In seconds, as it was asked for (RFC 9111, 4.2.3): what it says of its age, or the time since its date, if that is more. The time
 * that the answer took counts from there anyway. A date that is ahead is a clock that differs.
 */
function initialAge(headers: Headers, sentAt: number): number {
  const apparent = Math.floor((sentAt - Date.parse(headers.get('date') ?? '')) / 1_000)
  return Math.max(seconds(headers.get('age') ?? undefined), Number.isFinite(apparent) ? apparent : 0)
}

function lowered(headers: Headers, name: string): Readonly<Record<string, string>> {
  const value = headers.get(name)
  return value === null ? {} : { [name]: value.toLowerCase() }
}

/** Without fields that are `undefined`, which not every codec takes. */
function plain(rules: Rules): Rules {
  return Object.fromEntries(
    Object.entries(rules).filter(([, value]) => value !== undefined),
  ) as unknown as Rules
}
