/** Loads that nobody waits for: what they know, how often they are tried, what they leave behind, who is told. */
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

const defaults = { ttl: '10s', jitter: 0, refreshAfter: 0.5 } as const

async function withDue(more: { waitUntil?: (work: Promise<unknown>) => void } = {}) {
  const clock = fakeClock()
  const shared = leasedTier({ clock, wait: () => turns(1) })
  const cache = createCache({ tiers: [mapTier({ clock }), shared], clock, defaults, ...more })
  const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`)
  await cache.setMany(new Map(keys.map(key => [key, 'old'])))
  await clock.advance('6s')
  return { cache, clock, keys }
}

describe('a refresh', () => {
  it('that fails is not tried again for a while, and nobody notices', async () => {
    const { cache, clock } = await withDue()
    await using _closed = cache
    let calls = 0
    const failing = () => {
      calls += 1
      throw new Error('the source is down')
    }
    for (let n = 0; n < 50; n += 1) {
      expect(await cache.getOrSet('key 0', failing)).toBe('old')
      await turns()
    }
    expect(calls).toBe(1)
    await clock.advance('1100ms')
    expect(await cache.getOrSet('key 0', failing)).toBe('old')
    await turns(10)
    expect(calls).toBe(2)
  })

  it('is told what it replaces, and may keep it', async () => {
    const { cache, clock } = await withDue()
    await using _closed = cache
    const seen: unknown[] = []
    await cache.getOrSet('key 0', context => {
      seen.push(context.stale?.value)
      return context.notModified()
    })
    await cache.drain()
    expect(seen).toEqual(['old'])
    await clock.advance('6s')
    expect(await cache.get('key 0')).toBe('old')
  })

  it('counts its hit once', async () => {
    const { cache } = await withDue()
    await using _closed = cache
    await cache.getOrSet('key 0', () => 'new')
    await cache.drain()
    expect(await cache.getOrSet('key 0', () => 'newer')).toBe('new')
    expect(cache.analytics()).toMatchObject({ requests: 2, hits: 2, hitRatio: 1, loads: { found: 1 } })
  })

  it('of many keys is one call of the loader, and drain and waitUntil know of it from the hit on', async () => {
    const works: Promise<unknown>[] = []
    const { cache, keys } = await withDue({ waitUntil: work => works.push(work) })
    await using _closed = cache
    works.length = 0
    const calls: number[] = []
    await cache.getOrSetMany(keys, async wanted => {
      calls.push(wanted.length)
      return new Map(wanted.map(key => [key, 'new']))
    })
    expect(works.length).toBeGreaterThan(0)
    expect(await cache.drain()).toEqual({ drained: true, left: 0 })
    expect(calls).toEqual([20])
    expect(await cache.get('key 7')).toBe('new')
  })

  it('is known to drain while it is only looking', async () => {
    const { cache } = await withDue()
    await using _closed = cache
    await cache.getOrSet('key 0', () => 'new')
    expect(await cache.drain()).toEqual({ drained: true, left: 0 })
    expect(await cache.get('key 0')).toBe('new')
  })
})

describe('waitUntil', () => {
  it('that throws fails no request', async () => {
    const waitUntil = () => {
      throw new Error('no request')
    }
    await using cache = createCache({ tiers: [mapTier(), leasedTier()], waitUntil })
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
    expect(await cache.set('key', 'set')).toMatchObject({ stored: true })
    await expect(cache.getOrSet('bad', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })
})

describe('analytics', () => {
  it('takes a load for no hit, and one that nobody wants any more for no failure', async () => {
    await using cache = createCache({ tiers: [mapTier(), leasedTier()] })
    for (let n = 0; n < 5; n += 1) await cache.getOrSet('key', () => n, { fresh: true })
    expect(cache.analytics()).toMatchObject({ requests: 5, hits: 0, loads: { found: 5 } })
    const leaving = new AbortController()
    const call = cache.getOrSet('other', () => deferred().promise, { signal: leaving.signal })
    await turns(10)
    leaving.abort(new Error('gone'))
    await expect(call).rejects.toThrow('gone')
    await turns()
    expect(cache.analytics().loads).toEqual({ found: 5, absent: 0, failed: 0 })
  })
})

describe('a fresh read', () => {
  it('is tried though a load failed a moment ago', async () => {
    const clock = fakeClock()
    await using cache = createCache({
      tiers: [mapTier({ clock })],
      clock,
      defaults: { ttl: '1s', grace: '1h', throttle: '1m' },
    })
    await cache.set('key', 'old')
    await clock.advance('2s')
    expect(await cache.getOrSet('key', () => Promise.reject(new Error('down')))).toBe('old')
    expect(await cache.getOrSet('key', () => 'new', { fresh: true })).toBe('new')
  })
})

describe('a set', () => {
  it('stays though somebody reads afresh beside it', async () => {
    const shared = leasedTier({ wait: () => turns(2) })
    const memory = mapTier()
    await using cache = createCache({ tiers: [memory, shared] })
    await cache.get('key')
    const held = deferred<string>()
    const set = cache.set('key', 'set')
    const fresh = cache.getOrSet('key', () => held.promise, { fresh: true })
    expect(await set).toMatchObject({ stored: true })
    expect(memory.entries.get('key')?.value).toBe('set')
    held.resolve('loaded')
    await fresh
  })

  it('ends the pause after a load that failed', async () => {
    const clock = fakeClock()
    await using cache = createCache({
      tiers: [mapTier({ clock })],
      clock,
      defaults: { ttl: '1s', grace: '1h', throttle: '1h' },
    })
    await cache.set('key', 'old')
    await clock.advance('2s')
    expect(await cache.getOrSet('key', () => Promise.reject(new Error('down')))).toBe('old')
    await cache.set('key', 'set')
    await clock.advance('2s')
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
  })
})

describe('a load that takes longer than a lease', () => {
  it('is one in all processes while its holder lives', async () => {
    const clock = fakeClock()
    const shared = leasedTier({ clock })
    const bus = memoryBus({ clock })
    const open = () => createCache({ tiers: [mapTier({ clock }), shared], bus, clock, keepOpen: true })
    await using one = open()
    await using two = open()
    const held = deferred<string>()
    let calls = 0
    const load = () => {
      calls += 1
      return held.promise
    }
    const callers = [one.getOrSet('key', load), two.getOrSet('key', load)]
    for (let step = 0; step < 100; step += 1) {
      await clock.advance(100)
      await turns()
    }
    held.resolve('value')
    for (let step = 0; step < 5; step += 1) {
      await clock.advance(100)
      await turns()
    }
    expect(await Promise.all(callers)).toEqual(['value', 'value'])
    expect(calls).toBe(1)
  })
})
