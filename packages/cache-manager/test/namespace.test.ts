/** A namespace refuses what the cache refuses, in the same words, and takes its default tags for its own. */
import { describe, expect, it } from '@jest/globals'
import { type CacheMethods, createCache, type LoadContext } from '../src/index.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

const load = () => 1
const misuses: Record<string, (cache: CacheMethods) => Promise<unknown>> = {
  'set(5)': cache => cache.set(5 as never, 1),
  'set with a tag that is no text': cache => cache.set('k', 1, { tags: [5] as never }),
  'set with null': cache => cache.set('k', 1, null as never),
  'getOrSet(5)': cache => cache.getOrSet(5 as never, load),
  'getOrSet with a tag that is no text': cache => cache.getOrSet('k', load, { tags: [5] as never }),
  'getOrSet without a loader': cache => cache.getOrSet('k', undefined as never),
  'getOrSetDetailed(5)': cache => cache.getOrSetDetailed(5 as never, load),
  'getOrSetMany(undefined)': cache => cache.getOrSetMany(undefined as never, () => new Map()),
  'getOrSetMany without a loader': cache => cache.getOrSetMany(['k'], undefined as never),
  'getOrSetMany with a tag that is no text': cache =>
    cache.getOrSetMany(['k'], () => new Map(), { tags: [5] as never }),
  'a many-loader that gives nothing': cache => cache.getOrSetMany(['k'], () => undefined as never),
  'a many-loader that gives an array': cache => cache.getOrSetMany(['k'], () => [['k', 1]] as never),
  'a many-loader that configures no key': cache =>
    cache.getOrSetMany(['k'], (_, { configure }) => {
      configure(5 as never, {})
      return new Map()
    }),
  'a loader that configures null': cache => cache.getOrSet('k', ({ configure }) => configure(null as never)),
  'get(5)': cache => cache.get(5 as never),
  'getDetailed(undefined)': cache => cache.getDetailed(undefined as never),
  "getMany('x')": cache => cache.getMany('x' as never),
  'getMany([5])': cache => cache.getMany([5 as never]),
  'has(5)': cache => cache.has(5 as never),
  'setMany(5)': cache => cache.setMany(5 as never),
  'setMany of numbers': cache => cache.setMany(new Map([[5, 1]]) as never),
  'setMany of pairs': cache => cache.setMany([['k', 1]] as never),
  'claim(5)': cache => cache.claim(5 as never),
  'delete(undefined)': cache => cache.delete(undefined as never),
  'invalidate(5)': cache => cache.invalidate(5 as never),
  'invalidate({ keys: [5] })': cache => cache.invalidate({ keys: [5 as never] }),
  'warm(5)': cache => cache.warm(5 as never),
  'warm(null)': cache => cache.warm(null as never),
  'warm of a text': cache => cache.warm('keys'),
  'warm([null])': cache => cache.warm([null as never]),
  'warm([{}])': cache => cache.warm([{} as never]),
  'warm with null': cache => cache.warm([], null as never),
  'warm with a loader that is none': cache => cache.warm([], { load: 5 as never }),
  'explain(5)': cache => cache.explain(5 as never),
}

describe('misuse', () => {
  it.each(Object.entries(misuses))('%s rejects as the cache itself does', async (_, misuse) => {
    await using cache = createCache({ tiers: [mapTier()] })
    const plain: unknown = await misuse(cache).catch(error => error)
    expect(plain).toMatchObject({ code: expect.stringMatching(/^INVALID_/) })
    const { code } = plain as { code: string }
    const within = misuse(cache.namespace('part'))
    await expect(within).rejects.toMatchObject({ code })
    await expect(misuse(cache.namespace('part').namespace('nested'))).rejects.toMatchObject({ code })
  })

  it('hears a closed cache', async () => {
    const cache = createCache({ tiers: [mapTier()] })
    await cache.close()
    await expect(cache.namespace('part').set('k', 1)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('default tags', () => {
  const made: Record<string, (part: CacheMethods) => Promise<unknown>> = {
    getOrSet: part => part.getOrSet('k', load),
    'getOrSet with options': part => part.getOrSet('k', load, { ttl: '1m' }),
    getOrSetDetailed: part => part.getOrSetDetailed('k', load),
    getOrSetMany: part => part.getOrSetMany(['k'], () => new Map([['k', 1]])),
    'a loader that says how long': part =>
      part.getOrSet('k', ({ configure }: LoadContext) => {
        configure({ ttl: '1m' })
        return 1
      }),
    set: part => part.set('k', 1),
    setMany: part => part.setMany(new Map([['k', 1]])),
    claim: async part => {
      const slot = await part.claim('k')
      if (slot.kind !== 'found') await slot.set(1)
    },
    'warm with a loader': part => part.warm(['k'], { load }),
    'warm of an entry': part => part.warm([{ key: 'k', load }]),
  }

  it.each(Object.entries(made))('are those of the namespace and of the cache: %s', async (_, make) => {
    await using cache = createCache({
      tiers: [mapTier(), leasedTier()],
      defaults: { tags: ['all'] },
    })
    const part = cache.namespace('part')
    const nested = part.namespace('nested')
    for (const each of [cache, part, nested, cache.namespace('other')]) {
      for (const [within, other] of [
        [part, nested],
        [nested, part],
      ] as const) {
        await make(within)
        expect(await within.get('k')).toBe(1)
        await each.invalidate({ tags: ['all'] })
        const reached = each === cache || each === within || (each === part && within === nested)
        expect(await within.has('k')).toBe(!reached)
        expect(await other.has('k')).toBe(false)
        await cache.clear()
      }
    }
  })

  it('give way to those of a call', async () => {
    await using cache = createCache({ tiers: [mapTier()], defaults: { tags: ['all'] } })
    const part = cache.namespace('part')
    await part.set('k', 1, { tags: ['own'] })
    await part.invalidate({ tags: ['all'] })
    expect(await part.has('k')).toBe(true)
    await part.invalidate({ tags: ['own'] })
    expect(await part.has('k')).toBe(false)
  })
})

describe('loaders in a namespace', () => {
  it('tag what they warm by names of the namespace', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const part = cache.namespace('part')
    const tagged = ({ configure }: LoadContext) => {
      configure({ tags: ['t'] })
      return 1
    }
    expect(await part.warm([{ key: 'k', load: tagged }])).toMatchObject({ warmed: 1 })
    await part.invalidate({ tags: ['t'] })
    expect(await part.has('k')).toBe(false)
  })

  it('may give anything that reads as a Map', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const values = { get: () => 1, has: () => true, size: 1 } as never
    expect(await cache.namespace('part').getOrSetMany(['k'], () => values)).toEqual(new Map([['k', 1]]))
  })
})
