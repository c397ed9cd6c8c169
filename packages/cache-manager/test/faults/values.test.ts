/** Values that are huge, odd, or changed by who holds them (rows V1, V2 and V4), as far as the cache itself is concerned. */
import { type Entry, GreenlangError } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../../src/index.ts'
import { heldLoader, turns } from '../support/deferred.ts'
import { heldTier } from '../support/held-tier.ts'
import { leasedTier } from '../support/leased-tier.ts'
import { type MapTier, mapTier } from '../support/map-tier.ts'

class TooLargeError extends GreenlangError {
  readonly code = 'TOO_LARGE'
}

const megabyte = 2 ** 20

/** Refuses what is above a megabyte, and keeps what it has, as a careless tier may. */
function smallTier(): MapTier {
  const tier = mapTier({ name: 'small', scope: 'shared' })
  const set = tier.set.bind(tier)
  tier.set = (key: string, entry: Entry) => {
    if (String(entry.value).length > megabyte) throw new TooLargeError('too large')
    set(key, entry)
  }
  return tier
}

describe('V1: a huge value', () => {
  it('is passed on as it is: nothing of it is copied or measured', async () => {
    const slow = heldTier()
    await using cache = createCache({ tiers: [mapTier(), slow] })
    const huge = Buffer.alloc(256 * megabyte)
    const begun = process.memoryUsage().arrayBuffers
    expect(await cache.getOrSet('key', () => huge)).toBe(huge)
    expect(await cache.get('key')).toBe(huge)
    await turns()
    expect(slow.map.entries.get('key')?.value).toBe(huge)
    expect(process.memoryUsage().arrayBuffers - begun).toBeLessThan(megabyte)
  })

  it('that a tier refuses is what its caller gets, and the old one is served no more', async () => {
    const [memory, small] = [mapTier(), smallTier()]
    await using cache = createCache({ tiers: [memory, small] })
    const huge = 'x'.repeat(2 * megabyte)
    await cache.set('key', 'old')
    await cache.set('key', huge)
    expect(await cache.get('key')).toBe(huge)
    memory.entries.clear()
    await turns()
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => huge)).toBe(huge)
    expect(await cache.set('key', 'small')).toMatchObject({ stored: true })
    memory.entries.clear()
    await turns()
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('small')
  })
})

class Money {
  readonly cents = 5
}
const cyclic: Record<string, unknown> = { name: 'me' }
cyclic.self = cyclic

const odd: readonly (readonly [string, NonNullable<unknown> | null])[] = [
  ...([
    ['null', null],
    ['false', false],
    ['zero', 0],
    ['the empty string', ''],
  ] as const),
  ...([
    ['minus zero', -0],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
  ] as const),
  ...([
    ['a BigInt', 2n ** 70n],
    ['a Symbol', Symbol('s')],
    ['a function', () => 1],
  ] as const),
  ...([
    ['a Date', new Date(0)],
    ['a Map', new Map([[{}, 1]])],
    ['a Set', new Set([1])],
  ] as const),
  ...([
    ['a cycle', cyclic],
    ['an instance', new Money()],
    ['an Error', new TypeError('kept')],
  ] as const),
  ...([
    ['half a surrogate pair', '\ud800'],
    ['bytes', new Uint8Array(3)],
    ['a RegExp', /a/g],
  ] as const),
  ...([
    ['a hole', new Array(2)],
    ['a frozen one', Object.freeze({ a: 1 })],
  ] as const),
  ...([
    ['an object without a prototype', Object.create(null)],
    ['a proxy', new Proxy({}, {})],
  ] as const),
  ...([['an entry of its own', { value: 1, standIns: [], entry: undefined, kind: 'found' }]] as const),
]

describe('V2: odd values through memory', () => {
  it.each(odd)('%s comes back as it is, each way it went in', async (_, value) => {
    await using cache = createCache({ tiers: [mapTier()] })
    const same = (got: unknown) => Object.is(got, value)
    await cache.set('set', value)
    expect(same(await cache.get('set'))).toBe(true)
    expect(same(await cache.getOrSet('loaded', () => value))).toBe(true)
    expect(same(await cache.getOrSet<unknown>('loaded', () => 'other'))).toBe(true)
    await cache.setMany(new Map([['many', value]]))
    expect(same((await cache.getMany(['many'])).get('many'))).toBe(true)
    expect(same((await cache.getDetailed('loaded')).value)).toBe(true)
  })

  it('undefined is refused by set with a typed error, and is nothing where a loader gives it', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const nothing = undefined as unknown as string
    await expect(cache.set('key', nothing)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(cache.setMany(new Map([['key', nothing]]))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(await cache.getOrSet('key', () => undefined)).toBeUndefined()
    expect(await cache.has('key')).toBe(false)
  })
})

/** Each reader and the tier have a value of their own, as with `clone` of the memory tier, or with bytes. */
function cloningTier(tier: MapTier): MapTier {
  const [get, set] = [tier.get.bind(tier), tier.set.bind(tier)]
  tier.get = (key: string) => structuredClone(get(key))
  tier.set = (key: string, entry: Entry) => set(key, structuredClone(entry))
  return tier
}

interface List {
  readonly items: number[]
}

describe('V4: mutation', () => {
  it('of a value that was read or loaded reaches no later reader of a tier that clones', async () => {
    await using cache = createCache({ tiers: [cloningTier(mapTier())] })
    const first = await cache.getOrSet<List>('key', () => ({ items: [1] }))
    first.items.push(2)
    const second = await cache.get<List>('key')
    expect(second).toEqual({ items: [1] })
    second?.items.push(3)
    expect((await cache.getMany<List>(['key'])).get('key')).toEqual({ items: [1] })
  })

  it('of a value after it was set or loaded reaches no other process', async () => {
    const [bus, shared] = [memoryBus(), leasedTier()]
    cloningTier(shared.map)
    await using one = createCache({ tiers: [mapTier({ name: 'one' }), shared], bus, keepOpen: true })
    await using two = createCache({ tiers: [mapTier({ name: 'two' }), shared], bus, keepOpen: true })
    const loaded = await one.getOrSet<List>('loaded', () => ({ items: [1] }))
    await turns()
    loaded.items.push(2)
    const value: List = { items: [1] }
    await one.set('set', value)
    value.items.push(2)
    expect([await two.get('loaded'), await two.get('set')]).toEqual([{ items: [1] }, { items: [1] }])
  })

  it('of what was handed in (keys, tags, values, options) changes nothing of the call', async () => {
    const held = heldTier()
    await using cache = createCache({ tiers: [held] })
    const [tags, keys] = [['tag'], ['a', 'b']]
    const values = new Map([
      ['a', 1],
      ['b', 2],
    ])
    const setting = cache.setMany(values, { tags })
    values.set('a', 3)
    values.delete('b')
    tags[0] = 'other'
    await setting
    const reading = cache.getMany(keys)
    keys.length = 0
    expect([...(await reading)]).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    await cache.invalidate({ tags: ['other'] })
    expect((await cache.getMany(['a', 'b'])).size).toBe(2)
    await cache.invalidate({ tags: ['tag'] })
    expect((await cache.getMany(['a', 'b'])).size).toBe(0)
  })

  it('of the options of a load under way changes nothing of it', async () => {
    const tier = mapTier()
    await using cache = createCache({ tiers: [tier] })
    const { load, resolve, reached } = heldLoader<string>()
    const options = { ttl: 60_000, tags: ['tag'] }
    const call = cache.getOrSet('key', load, options)
    await reached
    options.ttl = 1
    options.tags.push('other')
    resolve('value')
    await call
    const { staleAt = 0, createdAt = 0, tags } = tier.entries.get('key') ?? {}
    expect([staleAt - createdAt, tags]).toEqual([60_000, ['tag']])
  })

  it('of a map that was returned changes nothing of the cache', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.set('key', 1)
    const first = (await cache.getMany(['key'])) as Map<string, unknown>
    first.clear()
    expect((await cache.getMany(['key'])).get('key')).toBe(1)
  })
})
