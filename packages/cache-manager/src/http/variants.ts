/** The list of answers that a URL with `Vary` has, and where they lie. At most so many: past that the oldest goes. */
import { randomUUID } from 'node:crypto'
import type { EntryOptions } from '@greenlang/core'
import type { CacheMethods } from '../cache-types.ts'
import { isVariants, type StoredResponse, type StoredVariants } from './stored.ts'

/** How long a list is kept at least after it last grew, in ms. */
export const listMs = 86_400_000

export interface Listing {
  /** Key of the list. */
  readonly base: string
  readonly list: StoredVariants
  readonly digest: string
  readonly tags: readonly string[]
}

/** A place for the answer that begins a list, taken before the origin is asked: as a load, it keeps nothing of before an invalidation. */
export interface First {
  /** Of the list. */
  readonly id: string
  set(answer: StoredResponse, options: EntryOptions): Promise<unknown>
  release(): Promise<void>
}

export interface Variants {
  claimFirst(base: string): Promise<First | undefined>
  /** Where the answer to requests of this digest lies. */
  keyOf(base: string, list: StoredVariants, digest: string): string
  /** Lists an answer. One after the other for each URL, so that none is lost. */
  add(listing: Listing): Promise<void>
}

export function createVariants(cache: CacheMethods, most: number): Variants {
  const running = new Map<string, Promise<void>>()
  const firstOf = (base: string, id: string) => `${base}:${id}`
  const keyOf = (base: string, { id, first }: StoredVariants, digest: string) =>
    digest === first ? firstOf(base, id) : `${firstOf(base, id)}:${digest}`

  async function claimFirst(base: string): Promise<First | undefined> {
    const id = randomUUID()
    const slot = await cache.claim<StoredResponse>(firstOf(base, id))
    if (slot.kind === 'found') return undefined
    return { id, set: (answer, options) => slot.set(answer, options), release: () => slot.release() }
  }

  async function addNow({ base, list, digest, tags }: Listing): Promise<void> {
    const current = await cache.get(base)
    // Another list came, or was invalidated: the answers of this one are not looked for any more.
    if (!isVariants(current) || current.id !== list.id || current.digests.includes(digest)) return
    const digests = [...current.digests, digest]
    const dropped = digests.splice(0, digests.length - most)
    await cache.set(base, { ...current, digests }, { ttl: listMs, tags })
    await cache.delete(...dropped.map(one => keyOf(base, list, one)))
  }

  async function add(listing: Listing): Promise<void> {
    const { base } = listing
    const before = running.get(base) ?? Promise.resolve()
    const mine = before.catch(() => undefined).then(() => addNow(listing))
    running.set(base, mine)
    try {
      await mine
    } finally {
      if (running.get(base) === mine) running.delete(base)
    }
  }

  return { claimFirst, keyOf, add }
}
