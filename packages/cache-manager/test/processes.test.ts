/** Caches that share a tier with leases and a bus, as processes over one Redis do. */
import { createEntry, createNegativeEntry } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { heldLoader, turns } from './support/deferred.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

function twoCaches() {
  const [bus, shared] = [memoryBus(), leasedTier()]
  const [here, there] = [mapTier({ name: 'here' }), mapTier({ name: 'there' })]
  const one = createCache({ tiers: [here, shared], bus, keepOpen: true })
  const two = createCache({ tiers: [there, shared], bus, keepOpen: true })
  const close = async () => {
    await Promise.all([one.close(), two.close()])
    await bus.close()
  }
  return { bus, shared, here, there, one, two, [Symbol.asyncDispose]: close }
}

describe('two caches over a tier with leases', () => {
  it('load once for both: the other waits for the lease', async () => {
    await using caches = twoCaches()
    const { load, reached, resolve, calls } = heldLoader<string>()
    const first = caches.one.getOrSet('key', load)
    await reached
    const second = caches.two.getOrSet('key', load)
    await turns()
    resolve('value')
    expect([await first, await second, calls()]).toEqual(['value', 'value', 1])
    expect(caches.two.analytics().tiers[1]).toMatchObject({ hits: 1 })
    expect(caches.shared.leases.size).toBe(0)
  })

  it('a load begun before an invalidation of the other fills nothing', async () => {
    await using caches = twoCaches()
    const old = heldLoader<string>()
    const early = caches.one.getOrSet('key', old.load)
    await old.reached
    expect(await caches.two.invalidate({ keys: ['key'] })).toMatchObject({ propagated: true, unreached: [] })
    old.resolve('old')
    expect(await early).toBe('old')
    await turns()
    expect([caches.here.entries.size, caches.shared.map.entries.size]).toEqual([0, 0])
    expect(await caches.one.getOrSet('key', () => 'new')).toBe('new')
    expect(await caches.two.get('key')).toBe('new')
  })

  it('a set of one is what the other gets', async () => {
    await using caches = twoCaches()
    for (const value of [1, 2, 3]) {
      await caches.one.set('key', value)
      expect([await caches.one.get('key'), await caches.two.get('key')]).toEqual([value, value])
    }
    await caches.one.delete('key')
    expect([await caches.one.get('key'), await caches.two.get('key')]).toEqual([undefined, undefined])
  })

  it('a clear of one holds for the other at once', async () => {
    await using caches = twoCaches()
    await caches.one.set('key', 1)
    await caches.two.get('key')
    expect(await caches.one.clear()).toMatchObject({ propagated: true, unreached: [] })
    expect(await caches.two.get('key')).toBeUndefined()
    expect([caches.there.entries.size, caches.shared.map.entries.size]).toEqual([0, 0])
  })

  it('a load that finds nothing takes a stale value with it, under its lease', async () => {
    await using caches = twoCaches()
    await caches.one.set('key', 'old', { grace: '1h' })
    await caches.two.invalidate({ keys: ['key'] })
    expect(await caches.one.getOrSet('key', () => undefined)).toBeUndefined()
    await turns()
    const failing = () => Promise.reject(new Error('no database'))
    const outcome = await caches.two.getOrSet('key', failing).catch((error: Error) => error.message)
    expect([undefined, 'no database']).toContain(outcome)
    expect(caches.shared.leases.size).toBe(0)
  })
})

describe('entries of another history', () => {
  it('count for nothing where processes hear each other: what was invalidated since is not known', async () => {
    const shared = leasedTier()
    shared.map.set('key', createEntry('old'))
    const { bus, lease } = beatingBus()
    await using cache = createCache({ tiers: [mapTier(), shared], bus })
    expect(lease).toBeGreaterThan(0)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('are good without tags where the bus is of this process alone', async () => {
    const shared = leasedTier()
    shared.map.set('plain', createEntry('old'))
    shared.map.set('tagged', createEntry('old', { tags: ['tag'] }))
    shared.map.set('nothing', createNegativeEntry())
    await using cache = createCache({ tiers: [mapTier(), shared] })
    const read = () => Promise.all(['plain', 'tagged', 'nothing'].map(key => cache.get(key)))
    expect([await read(), await read()]).toEqual([
      ['old', undefined, undefined],
      ['old', undefined, undefined],
    ])
  })
})

/** As one over a network: trust ends. */
function beatingBus() {
  const [inner, lease] = [memoryBus(), 1_000]
  const bus = {
    contract: inner.contract,
    publish: inner.publish.bind(inner),
    subscribe: inner.subscribe.bind(inner),
    watch: inner.watch.bind(inner),
    sync: () => ({ ...inner.sync(), leaseMs: lease }),
    resume: inner.resume.bind(inner),
    rules: inner.rules.bind(inner),
    retire: inner.retire.bind(inner),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  }
  return { bus, lease }
}
