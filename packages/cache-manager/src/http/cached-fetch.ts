/**
 * Fetch with a cache between: standard `Cache-Control` says what is kept and for how long, the cache keeps it and lets one
 * request go where many ask.
 */
import { InvalidArgumentError } from '@greenlang/core'
import type { CacheMethods } from '../cache-types.ts'
import { askedOf, methodOf, urlOf } from './asked.ts'
import { statusName } from './cache-status.ts'
import { createFailures } from './failures.ts'
import { type CachedFetchOptions, checkHttpOptions } from './http-options.ts'
import type { HttpParts } from './http-parts.ts'
import { answer } from './lookup.ts'
import { createPolicies } from './policy.ts'
import { forget, isUnsafe } from './unsafe.ts'
import { createVariants } from './variants.ts'

/** As the global `fetch` is called. */
export type Fetch = typeof globalThis.fetch

/**
 * A fetch that answers `GET` and `HEAD` from the cache as RFC 9111 and RFC 5861 allow it, and passes on the rest.
 * @throws InvalidArgumentError for what is no cache. InvalidOptionError for a bad option.
 */
export function cachedFetch(cache: CacheMethods, options: CachedFetchOptions = {}): Fetch {
  const settings = checkHttpOptions(options)
  if (typeof cache?.getOrSetDetailed !== 'function')
    throw new InvalidArgumentError('cache', 'what createCache made, or a namespace of it', cache)
  const parts: HttpParts = {
    cache,
    settings,
    policies: createPolicies(settings.clock, settings.shared),
    variants: createVariants(cache, settings.maxVariants),
    failures: createFailures(),
    name: statusName(cache.name),
  }
  return async (input, given) => {
    // The platform takes `null` for nothing, too.
    const init = given ?? {}
    const url = urlOf(input)
    const asked = askedOf(url, input, init)
    if (asked !== undefined) return answer(parts, asked)
    const response = await settings.fetch(input, init)
    if (isUnsafe(methodOf(input, init)) && response.status < 400) await forget(cache, url, response)
    return response
  }
}
