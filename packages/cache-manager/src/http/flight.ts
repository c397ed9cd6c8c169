/** One load of one key for one caller, and what becomes of the answer of the origin. */
import { absentForMs } from '../absence.ts'
import type { LoadContext, Loader } from '../load-types.ts'
import { type Asked, keyOf, urlTag } from './asked.ts'
import type { Forwarded } from './cache-status.ts'
import { createHandover, type Handover } from './handover.ts'
import type { HttpParts } from './http-parts.ts'
import { type Answered, askOrigin } from './origin.ts'
import { anyVariant, isResponse, type StoredResponse, type StoredVariants, variantOf } from './stored.ts'
import { type First, listMs } from './variants.ts'

/** Where an answer is looked for. */
export interface Place {
  /** Of the URL. */
  readonly base: string
  readonly key: string
  readonly list: StoredVariants | undefined
  /** What an answer there must be for. */
  readonly variant: string
}

export interface Flight {
  readonly place: Place
  readonly handover: Handover
  readonly load: Loader<unknown>
  readonly tags: readonly string[]
}

/** Where the answer lies if the URL has one answer for all. */
export function placeOf({ settings }: HttpParts, asked: Asked): Place {
  const base = keyOf(asked, settings.shared)
  return { base, key: base, list: undefined, variant: anyVariant }
}

export function variantPlace(
  { variants }: HttpParts,
  asked: Asked,
  { base }: Place,
  list: StoredVariants,
): Place {
  const variant = variantOf(asked.headers, list.names)
  return { base, key: variants.keyOf(base, list, variant), list, variant }
}

/** @param forced Whether the caller wants the origin asked, whatever is stored. */
export function createFlight(parts: HttpParts, asked: Asked, place: Place, forced: boolean): Flight {
  const handover = createHandover()
  const tags = [urlTag(asked.url), ...parts.settings.tags(asked.request)]
  const load = (context: LoadContext) => loaded(parts, { asked, place, forced, handover, tags, context })
  return { place, handover, load, tags }
}

interface Loading {
  readonly asked: Asked
  readonly place: Place
  readonly forced: boolean
  readonly handover: Handover
  readonly tags: readonly string[]
  readonly context: LoadContext
}

async function loaded(parts: HttpParts, loading: Loading): Promise<unknown> {
  const { asked, place, context } = loading
  const { failures } = parts
  const old = asked.mode === 'reload' ? undefined : oldOf(loading)
  const fwd = reasonOf(loading, old)
  const first = place.list ? undefined : await parts.variants.claimFirst(place.base)
  try {
    let answered: Answered
    try {
      answered = await askOrigin(parts, { asked, old, signal: context.signal })
    } catch (error) {
      failures.note(place.key, { error })
      throw error
    }
    if (answered.kind !== 'stored') return refused(parts, loading, answered, fwd)
    failures.forget(place.key)
    const forwarded = { fwd, status: answered.status, stored: true }
    return await stored(parts, { ...loading, first }, answered, forwarded)
  } finally {
    await first?.release()
  }
}

/** What is not to be kept. */
function refused(
  { failures }: HttpParts,
  { place, handover, context }: Loading,
  answered: Exclude<Answered, { kind: 'stored' }>,
  fwd: Forwarded['fwd'],
): undefined {
  const { response } = answered
  const { status } = response
  if (answered.kind === 'passed') {
    failures.forget(place.key)
    handover.offer({ forwarded: { fwd, status, detail: answered.detail }, response })
    // Nothing for the others: each of them asks for itself. Nor is it remembered that there was nothing, whatever the cache does
    // with other keys: the next answer may be one to keep.
    context.configure({ negativeTtl: absentForMs })
    return undefined
  }
  failures.note(place.key, { answer: answered.answer })
  handover.offer({ forwarded: { fwd, status }, response })
  return context.fail(`the origin answered ${status}`)
}

function oldOf({ context, place }: Loading): StoredResponse | undefined {
  const value = context.stale?.value
  return isResponse(value) && value.variant === place.variant ? value : undefined
}

function reasonOf({ forced, place }: Loading, old: StoredResponse | undefined): Forwarded['fwd'] {
  if (forced) return 'request'
  if (old) return 'stale'
  return place.list ? 'vary-miss' : 'uri-miss'
}

/** Puts the answer where later requests look for it. */
async function stored(
  parts: HttpParts,
  { asked, place, handover, tags, context, first }: Loading & { readonly first: First | undefined },
  { stored: found, names, life }: Extract<Answered, { kind: 'stored' }>,
  forwarded: Forwarded,
): Promise<unknown> {
  const { cache, variants } = parts
  const { base, list } = place
  const options = { ttl: life.ttlMs, grace: life.graceMs, tags }
  context.configure(options)
  const known = list?.names ?? []
  if (names.every(name => known.includes(name))) {
    const answer = { ...found, variant: place.variant }
    if (list) await variants.add({ base, list, digest: place.variant, tags })
    handover.offer({ forwarded, stored: answer })
    return answer
  }
  if (first === undefined) {
    // The list does not tell these answers apart: the next request begins another.
    await cache.delete(base)
    handover.offer({ forwarded, stored: found })
    return found
  }
  // The list is what is loaded here, so it is not kept if one of the tags was invalidated meanwhile; without it the answer is not found.
  const digest = variantOf(asked.headers, names)
  const answer = { ...found, variant: digest }
  const { id } = first
  const begun: StoredVariants = { kind: 'variants', format: 1, id, names, first: digest, digests: [digest] }
  await first.set(answer, options)
  context.configure({ ttl: Math.max(listMs, life.ttlMs + life.graceMs), grace: 0, tags })
  handover.offer({ forwarded, stored: answer })
  return begun
}
