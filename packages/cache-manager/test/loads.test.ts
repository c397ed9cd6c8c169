/** Loads are bounded: in number, in time, and in how often they are tried. */
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { heldLoader, turns } from './support/deferred.ts'
import { mapTier } from './support/map-tier.ts'

describe('a load that hangs', () => {
  it('blocks no other key, and its own only until its longest life', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const signals: AbortSignal[] = []
    const hanging = cache.getOrSet(
      'key',
      ({ signal }) => {
        signals.push(signal)
        return new Promise<string>(() => undefined)
      },
      { timeouts: { load: '2s' } },
    )
    hanging.catch(() => undefined)
    await turns()
    expect(await cache.getOrSet('other', () => 'other')).toBe('other')
    await clock.advance(2_000)
    await expect(hanging).rejects.toMatchObject({ code: 'LOAD_TIMEOUT', limitMs: 2_000, key: 'key' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(await cache.getOrSet('key', () => 'next')).toBe('next')
  })

  it('gives its place back, and what it comes to afterwards is not kept', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock, loads: { atOnce: 1 } })
    const { load, resolve } = heldLoader<string>()
    const hanging = cache.getOrSet('key', load, { timeouts: { load: '2s' } })
    hanging.catch(() => undefined)
    await turns()
    await clock.advance(2_000)
    expect(await cache.getOrSet('other', () => 'other')).toBe('other')
    resolve('too late')
    await turns()
    expect(await cache.get('key')).toBeUndefined()
  })
})

describe('the bulkhead', () => {
  it('runs so many at once, lets so many wait in order, and refuses more', async () => {
    await using cache = createCache({ tiers: [mapTier()], loads: { atOnce: 2, waiting: 1 } })
    const held = heldLoader<string>()
    const callers = ['a', 'b', 'c'].map(key => cache.getOrSet(key, held.load))
    await turns()
    expect(held.calls()).toBe(2)
    await expect(cache.getOrSet('d', held.load)).rejects.toMatchObject({
      code: 'TOO_MANY_LOADS',
      atOnce: 2,
      waiting: 1,
    })
    held.resolve('value')
    expect(await Promise.all(callers)).toEqual(['value', 'value', 'value'])
    expect(held.calls()).toBe(3)
  })

  it('refuses nobody whom a stale value with a grace can serve', async () => {
    const clock = fakeClock()
    const loads = { atOnce: 1, waiting: 0 }
    await using cache = createCache({ tiers: [mapTier({ clock })], clock, loads })
    await cache.set('key', 'stale', { ttl: '1m', grace: '1h' })
    await clock.advance(61_000)
    const held = heldLoader<string>()
    const other = cache.getOrSet('other', held.load)
    await turns()
    expect(await cache.getOrSet('key', () => 'new')).toBe('stale')
    held.resolve('value')
    await other
  })
})

describe('after a load that failed', () => {
  async function withStale() {
    const clock = fakeClock()
    const cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.set('key', 'stale', { ttl: '1m', grace: '1h' })
    await clock.advance(61_000)
    let calls = 0
    const fail = () => {
      calls += 1
      throw new Error('the source is down')
    }
    return { cache, clock, fail, calls: () => calls }
  }

  it('what stands in for it does so for a while without another try', async () => {
    const { cache, clock, fail, calls } = await withStale()
    for (let call = 0; call < 5; call += 1) expect(await cache.getOrSet('key', fail)).toBe('stale')
    expect(calls()).toBe(1)
    await clock.advance(1_000)
    expect(await cache.getOrSet('key', fail)).toBe('stale')
    expect(calls()).toBe(2)
    await cache.close()
  })

  it('the next is tried at once where nothing stands in', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const fail = () => Promise.reject(new Error('down'))
    await expect(cache.getOrSet('key', fail)).rejects.toThrow('down')
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
  })

  it('throttle 0 tries each time', async () => {
    const { cache, fail, calls } = await withStale()
    for (let call = 0; call < 3; call += 1) await cache.getOrSet('key', fail, { throttle: 0 })
    expect(calls()).toBe(3)
    await cache.close()
  })
})

describe('what a loader says of its value', () => {
  it('configure keeps this value in another way', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const load = ({ configure }: { configure(options: { ttl: number }): void }) => {
      configure({ ttl: 1_000 })
      return 'short'
    }
    await cache.getOrSet('key', context => load({ configure: options => context.configure(options) }))
    await clock.advance(1_000)
    expect(await cache.getOrSet('key', () => 'next')).toBe('next')
  })

  it('notModified keeps the stale value, with a new life', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.set('key', { etag: 1 }, { ttl: '1m', grace: '1h' })
    await clock.advance(61_000)
    const kept = await cache.getOrSet<unknown>('key', context => context.notModified(), { ttl: '1m' })
    expect(kept).toEqual({ etag: 1 })
    expect(await cache.get('key')).toEqual({ etag: 1 })
    await expect(cache.getOrSet('none', context => context.notModified())).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('fail makes the load a failed one, with the reason as its cause', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const reason = { status: 503 }
    await expect(cache.getOrSet('key', context => context.fail(reason))).rejects.toMatchObject({
      code: 'LOAD_FAILED',
      cause: reason,
    })
  })

  it('nothing is remembered for negativeTtl', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    let calls = 0
    const load = () => {
      calls += 1
      return undefined
    }
    for (let call = 0; call < 3; call += 1)
      expect(await cache.getOrSet('key', load, { negativeTtl: '5s' })).toBeUndefined()
    expect(calls).toBe(1)
    await clock.advance(5_000)
    await cache.getOrSet('key', load, { negativeTtl: '5s' })
    expect(calls).toBe(2)
  })
})

describe('a life', () => {
  it('is shorter by a part of its jitter, drawn once for each value', async () => {
    const clock = fakeClock()
    const tier = mapTier({ clock })
    await using cache = createCache({ tiers: [tier], clock })
    const ttl = 60_000
    for (let key = 0; key < 200; key += 1) await cache.getOrSet(`key ${key}`, () => key, { ttl, jitter: 0.5 })
    const lives = [...tier.entries.values()].map(({ staleAt, createdAt }) => staleAt - createdAt)
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(ttl / 2)
    expect(Math.max(...lives)).toBeLessThanOrEqual(ttl)
    expect(new Set(lives).size).toBeGreaterThan(100)
  })

  it('is renewed in the background from refreshAfter on, while its value is served', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const options = { ttl: 60_000, refreshAfter: 0.5 }
    await cache.getOrSet('key', () => 'old', options)
    await clock.advance(31_000)
    expect(await cache.getOrSet('key', () => 'new', options)).toBe('old')
    await turns()
    expect(await cache.get('key')).toBe('new')
  })
})
