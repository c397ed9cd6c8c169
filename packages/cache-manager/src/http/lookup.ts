/** How one request is answered: from the cache where the rules allow it, else by the load that all who ask share. */
import type { Detailed } from '../cache-types.ts'
import type { LoadOptions } from '../load-types.ts'
import type { Asked } from './asked.ts'
import { discard } from './body.ts'
import { detailStatus, type Forwarded, forwardedStatus, hitStatus } from './cache-status.ts'
import { createFlight, type Flight, type Place, placeOf, variantPlace } from './flight.ts'
import type { Brought } from './handover.ts'
import type { HttpParts } from './http-parts.ts'
import { send } from './origin.ts'
import type { Assessment } from './policy.ts'
import { failedAnswer, gatewayTimeout, passedAnswer, storedAnswer } from './responses.ts'
import { isResponse, isVariants, type StoredResponse } from './stored.ts'

export function answer(parts: HttpParts, asked: Asked): Promise<Response> {
  return new Lookup(parts, asked).answer()
}

/** A stale value is taken at once, and judged then; the load goes on. */
const atOnce: LoadOptions = { timeouts: { soft: 0 } }
const patiently: LoadOptions = { timeouts: { soft: Number.POSITIVE_INFINITY } }
const anew: LoadOptions = { fresh: true }

class Lookup {
  readonly #parts: HttpParts
  readonly #asked: Asked

  constructor(parts: HttpParts, asked: Asked) {
    this.#parts = parts
    this.#asked = asked
  }

  async answer(): Promise<Response> {
    const { mode, headers, signal } = this.#asked
    signal?.throwIfAborted()
    const wish = (headers.get('cache-control') ?? '').toLowerCase()
    if (mode === 'only-if-cached' || /\bonly-if-cached\b/.test(wish)) return this.#held()
    const pragma = headers.has('cache-control') ? '' : (headers.get('pragma') ?? '')
    const forced = mode === 'no-cache' || mode === 'reload' || /\bno-cache\b|\bmax-age="?0\b/.test(wish)
    const place = placeOf(this.#parts, this.#asked)
    if (forced || /\bno-cache\b/i.test(pragma)) return this.#fly(await this.#listed(place), anew)
    return this.#fly(place, atOnce)
  }

  /** Only what is there. */
  async #held(): Promise<Response> {
    const { cache, name } = this.#parts
    const { key, variant } = await this.#listed(placeOf(this.#parts, this.#asked))
    const value = await cache.get(key)
    if (isResponse(value) && value.variant === variant) {
      const assessment = this.#assess(value)
      if (assessment.use !== 'refused' || this.#asked.mode === 'only-if-cached')
        return this.#hit(value, assessment)
    }
    return gatewayTimeout(detailStatus(name, 'only-if-cached'))
  }

  /** Where the answer lies, if the cache knows that the URL has several. */
  async #listed(place: Place): Promise<Place> {
    const value = await this.#parts.cache.get(place.key)
    return isVariants(value) ? variantPlace(this.#parts, this.#asked, place, value) : place
  }

  async #fly(place: Place, limits: LoadOptions): Promise<Response> {
    const flight = createFlight(this.#parts, this.#asked, place, limits.fresh === true)
    try {
      return await this.#landed(flight, limits)
    } finally {
      flight.handover.close()
    }
  }

  async #landed(flight: Flight, limits: LoadOptions): Promise<Response> {
    const { place, handover, load, tags } = flight
    const { signal } = this.#asked
    const options = { ...limits, tags, ...(signal && { signal }) }
    const detailed = await this.#parts.cache.getOrSetDetailed<unknown>(place.key, load, options)
    const brought = handover.take()
    if (brought?.stored) return this.#forwarded(brought.stored, brought.forwarded)
    const { value } = detailed
    if (isVariants(value) && place.list === undefined) {
      discard(brought?.response)
      return this.#fly(variantPlace(this.#parts, this.#asked, place, value), atOnce)
    }
    if (isResponse(value) && value.variant === place.variant)
      return this.#found(flight, { value, detailed, brought, limits })
    return brought ? this.#passed(brought) : this.#alone()
  }

  async #found(flight: Flight, { value, detailed, brought, limits }: Found): Promise<Response> {
    const assessment = this.#assess(value)
    const { use, ifError } = assessment
    const usable = use !== 'refused' || this.#asked.mode === 'force-cache'
    if (detailed.why === 'failed') {
      if (!usable && !ifError) return this.#failed(flight, brought)
      discard(brought?.response)
      return this.#hit(value, assessment, use === 'fresh' ? undefined : 'stale-if-error')
    }
    discard(brought?.response)
    if (detailed.joined && detailed.source === 'load') {
      return this.#forwarded(value, { fwd: 'miss', collapsed: true })
    }
    if (usable) return this.#hit(value, assessment, use === 'fresh' ? undefined : 'stale-while-revalidate')
    if (detailed.why === 'slow' && limits === atOnce) return this.#landed(flight, patiently)
    return limits === anew ? this.#alone() : this.#fly(flight.place, anew)
  }

  /** What is stored is too old to stand in for the load. */
  #failed({ place }: Flight, brought: Brought | undefined): Response | Promise<Response> {
    if (brought) return this.#passed(brought)
    const failure = this.#parts.failures.of(place.key)
    if (failure === undefined) return this.#alone()
    const { answer } = failure
    if (answer === undefined) throw failure.error
    const forwarded: Forwarded = { fwd: 'stale', status: answer.status, collapsed: true }
    const status = forwardedStatus(this.#parts.name, forwarded)
    return failedAnswer(answer, { asked: this.#asked, status })
  }

  /** What was brought for another may not be shared. */
  async #alone(): Promise<Response> {
    const asked = this.#asked
    const response = await send(this.#parts, asked, { conditions: [], signal: asked.signal })
    const { status } = response
    return this.#passed({ forwarded: { fwd: 'miss', status, detail: 'not-shared' }, response })
  }

  #passed({ response, forwarded }: Brought): Response {
    const status = forwardedStatus(this.#parts.name, forwarded)
    return passedAnswer(response ?? Response.error(), { asked: this.#asked, status })
  }

  #forwarded(value: StoredResponse, forwarded: Forwarded): Response {
    const { ageSeconds } = this.#assess(value)
    const status = forwardedStatus(this.#parts.name, forwarded)
    return storedAnswer(value, ageSeconds, { asked: this.#asked, status })
  }

  #hit(value: StoredResponse, { ageSeconds, ttlSeconds }: Assessment, detail?: string): Response {
    const status = hitStatus(this.#parts.name, ttlSeconds, detail)
    return storedAnswer(value, ageSeconds, { asked: this.#asked, status })
  }

  #assess({ rules }: StoredResponse): Assessment {
    return this.#parts.policies.assess(rules, this.#asked)
  }
}

interface Found {
  readonly value: StoredResponse
  readonly detailed: Detailed<unknown>
  readonly brought: Brought | undefined
  readonly limits: LoadOptions
}
