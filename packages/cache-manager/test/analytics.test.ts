import { type CacheEvent, createEntry, type LatencyRecorder } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('analytics', () => {
  it('counts by tier: ratio of the look-ups that reached it, share of all requests', async () => {
    const [memory, slow] = [mapTier({ name: 'memory' }), heldTier({ name: 'redis' })]
    await slow.set('warm', createEntry('value'))
    await using cache = createCache({ tiers: [memory, slow] })
    await cache.getOrSet('cold', () => 'value')
    await cache.get('warm')
    await cache.get('warm')
    await cache.getOrSet('cold', () => 'value')
    await cache.get('absent')
    await turns()
    const { requests, hits, hitRatio, loads, tiers } = cache.analytics()
    expect({ requests, hits, hitRatio, loads }).toEqual({
      requests: 5,
      hits: 3,
      hitRatio: 0.6,
      loads: { found: 1, absent: 0, failed: 0 },
    })
    expect(tiers).toMatchObject([
      { name: 'memory', lookups: 5, hits: 2, hitRatio: 0.4, share: 0.4, failures: 0, bypassed: false },
      { name: 'redis', lookups: 3, hits: 1, hitRatio: 1 / 3, share: 0.2, failures: 0, bypassed: false },
    ])
  })

  it('is all zeros at first', () => {
    const { hitRatio, tiers, loadLatency } = createCache({ tiers: [mapTier()] }).analytics()
    expect([hitRatio, tiers[0]?.hitRatio, tiers[0]?.share, loadLatency.count]).toEqual([0, 0, 0, 0])
  })

  it('times every look-up of a slow tier and each load, and a sample of those of memory', async () => {
    const clock = fakeClock()
    const slow = heldTier({ clock })
    await using cache = createCache({ tiers: [mapTier({ clock }), slow], clock })
    const reply = slow.hold('get')
    const value = cache.getOrSet('key', async () => {
      await clock.sleep(300)
      return 'value'
    })
    await reply.reached
    await clock.advance(20)
    reply.release()
    await turns()
    await clock.advance(300)
    await value
    const timedOf = () => cache.analytics().tiers.map(({ latency }) => latency)
    const { loadLatency } = cache.analytics()
    for (let read = 0; read < 16 * 400; read += 1) {
      if (read % 16 === 0) await clock.advance(10)
      await cache.get('key')
    }
    const [few, disk] = timedOf()
    expect([disk?.count, disk?.max]).toEqual([1, 20])
    // By chance, in the mean: one in 16 where they come slowly.
    expect(few?.count).toBeGreaterThan(200)
    expect(few?.count).toBeLessThan(800)
    // One in 1024 where they come at once.
    for (let read = 0; read < 1024 * 100; read += 1) await cache.get('key')
    const more = (timedOf()[0]?.count ?? 0) - (few?.count ?? 0)
    expect(more).toBeGreaterThan(50)
    expect(more).toBeLessThan(200)
    expect([loadLatency.count, loadLatency.max]).toEqual([1, 300])
  })

  it('records with the recorders it is given', async () => {
    const recorded: number[] = []
    const latency = (): LatencyRecorder => ({
      record: durationMs => void recorded.push(durationMs),
      snapshot: () => ({ count: recorded.length, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 }),
    })
    await using cache = createCache({ tiers: [mapTier()], latency })
    await cache.getOrSet('key', () => 1)
    expect(recorded).toHaveLength(2)
  })
})

describe('events', () => {
  it('tell what happened, and never a key', async () => {
    const events: CacheEvent[] = []
    const clock = fakeClock()
    await using cache = createCache({
      name: 'flows',
      tiers: [mapTier({ name: 'memory', clock })],
      clock,
      observer: event => events.push(event),
    })
    await cache.getOrSet('secret', () => 1, { tags: ['secret'], grace: '1h' })
    await cache.get('secret')
    await cache.invalidate({ tags: ['secret'] })
    await cache.get('secret')
    await cache.getOrSet('secret', () => undefined)
    await Promise.allSettled([
      cache.getOrSet('secret', () => Promise.reject(new Error('no'))),
      cache.getOrSet('secret', () => 1),
    ])
    await cache.delete('secret')
    await cache.clear()
    const lookup = (outcome: string) => ({
      cache: 'flows',
      type: 'lookup',
      tier: 'memory',
      outcome,
      durationMs: 0,
    })
    const load = (outcome: string) => ({ cache: 'flows', type: 'load', outcome, durationMs: 0 })
    const invalidation = (mode: string, target: string) => ({
      cache: 'flows',
      type: 'invalidation',
      mode,
      target,
      origin: 'own',
    })
    expect(events).toEqual([
      lookup('miss'),
      load('found'),
      lookup('fresh'),
      invalidation('invalidate', 'tags'),
      lookup('stale'),
      lookup('stale'),
      load('absent'),
      lookup('miss'),
      lookup('miss'),
      { cache: 'flows', type: 'join' },
      load('failed'),
      invalidation('delete', 'keys'),
      invalidation('delete', 'all'),
    ])
    expect(JSON.stringify(events)).not.toContain('secret')
  })
})
