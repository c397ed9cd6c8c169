/** What a cache says about itself: early refreshes by load time, the auditor, advice, coherence figures. */
import type { CacheEvent } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock, seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { LoadTimes } from '../src/load-times.ts'
import { createDue } from '../src/refresh-due.ts'
import { turns } from './support/deferred.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('early refresh', () => {
  it('begins sooner for what takes longer to load, and never for what is far from its end', () => {
    const clock = fakeClock()
    const times = new LoadTimes()
    times.record(['slow'], 1_000)
    times.record(['quick'], 10)
    const random = seededRandom(1)
    const due = createDue({ clock, times, random })
    const shareDue = (key: string, leftMs: number) => {
      const now = clock.now()
      const entry = { createdAt: now - 60_000 + leftMs, staleAt: now + leftMs } as never
      const tries = 10_000
      let dueCount = 0
      for (let at = 0; at < tries; at += 1) if (due(key, entry, { earlyRefresh: 1 })) dueCount += 1
      return dueCount / tries
    }
    // The share is e^(-left / load time).
    expect(shareDue('slow', 1_000)).toBeCloseTo(Math.exp(-1), 1)
    expect(shareDue('slow', 3_000)).toBeCloseTo(Math.exp(-3), 1)
    expect(shareDue('quick', 1_000)).toBe(0)
    expect(shareDue('slow', 50_000)).toBe(0)
    // What was not loaded here takes as long as the others do in the mean.
    expect(times.expected('other')).toBeGreaterThan(10)
    expect(times.expected('other')).toBeLessThan(1_000)
  })

  it('loads in the background, once, and serves what there is', async () => {
    const clock = fakeClock()
    await using cache = createCache({
      tiers: [mapTier({ clock })],
      clock,
      defaults: { ttl: '1m', earlyRefresh: 1_000 },
    })
    let loads = 0
    const load = async () => {
      loads += 1
      await clock.sleep(1_000)
      return loads
    }
    const first = cache.getOrSet('key', load)
    await turns()
    await clock.advance('1s')
    expect(await first).toBe(1)
    await clock.advance('59s')
    const answers = await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('key', load)))
    expect(new Set(answers)).toEqual(new Set([1]))
    await turns()
    await clock.advance('1s')
    await turns()
    expect(loads).toBe(2)
    expect(await cache.get('key')).toBe(2)
  })

  it.each([0, -1, Number.NaN, 1_001, '1'])('refuses the factor %p', async earlyRefresh => {
    const create = () =>
      createCache({ tiers: [mapTier()], defaults: { earlyRefresh: earlyRefresh as number } })
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option: 'earlyRefresh' }))
  })
})

describe('the auditor', () => {
  it('finds a hit that is older than what the next tier holds, and says by how much', async () => {
    const clock = fakeClock()
    const shared = leasedTier({ clock })
    const events: CacheEvent[] = []
    await using cache = createCache({
      tiers: [mapTier({ clock }), shared],
      clock,
      audit: { every: 1, tolerated: '1s' },
      observer: event => void events.push(event),
    })
    await cache.set('key', 'old')
    await clock.advance(10)
    expect(await cache.get('key')).toBe('old')
    await turns()
    // Behind the back of this cache.
    const other = createCache({ tiers: [mapTier({ clock }), shared], clock, keepOpen: true })
    await other.set('key', 'new')
    await other.close()
    await clock.advance(500)
    await cache.get('key')
    await turns()
    expect(cache.analytics().audit).toEqual({ compared: 2, older: 1, violations: 0, worstMs: 500 })
    await clock.advance(1_000)
    await cache.get('key')
    await turns()
    expect(cache.analytics().audit).toEqual({ compared: 3, older: 2, violations: 1, worstMs: 1_500 })
    expect(events.filter(({ type }) => type === 'audit')).toEqual([
      { cache: 'default', type: 'audit', olderMs: 1_500 },
    ])
  })

  it('is silent where it was not asked for', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    expect(cache.analytics().audit).toBeUndefined()
  })
})

describe('advice', () => {
  const adviceOf = async (options: object) => {
    const events: CacheEvent[] = []
    const observer = (event: CacheEvent) => void events.push(event)
    await using _cache = createCache({ tiers: [mapTier()], observer, ...options })
    return events.flatMap(event => (event.type === 'advice' ? [event.code] : []))
  }

  it.each([
    [[], {}],
    [['shared-tier-without-bus'], { tiers: [mapTier(), leasedTier()] }],
    [[], { tiers: [mapTier(), leasedTier()], bus: memoryBus() }],
    [['soft-timeout-without-grace'], { defaults: { timeouts: { soft: '1s' } } }],
    [[], { defaults: { timeouts: { soft: '1s' }, grace: '1h' } }],
    [['hard-timeout-beyond-load'], { defaults: { timeouts: { hard: '20s', load: '10s' } } }],
    [
      ['load-outlives-its-lease'],
      { tiers: [mapTier(), leasedTier()], bus: memoryBus(), defaults: { timeouts: { load: '1m' } } },
    ],
  ])('is %p for %p', async (codes, options) => {
    expect(await adviceOf(options)).toEqual(codes)
  })
})

describe('the figures of coherence', () => {
  it('count the time in which memory was not believed, and the gaps', async () => {
    const clock = fakeClock()
    const inner = memoryBus({ clock })
    let trustedSince = clock.now()
    const bus = {
      contract: inner.contract,
      publish: inner.publish.bind(inner),
      subscribe: inner.subscribe.bind(inner),
      watch: inner.watch.bind(inner),
      sync: () => ({ ...inner.sync(), trustedSince, leaseMs: 1_000 }),
      resume: inner.resume.bind(inner),
      rules: inner.rules.bind(inner),
      retire: inner.retire.bind(inner),
      close: () => inner.close(),
      [Symbol.asyncDispose]: () => inner.close(),
    }
    await using cache = createCache({ tiers: [mapTier({ clock }), leasedTier({ clock })], clock, bus })
    await cache.set('key', 1)
    expect(cache.analytics().coherence).toMatchObject({ state: 'trusted', bypassedMs: 0, gaps: 0, queued: 0 })
    await clock.advance('4s')
    await cache.get('key')
    expect(cache.analytics().coherence).toMatchObject({
      state: 'bypassed',
      silentMs: 4_000,
      bypassedMs: 3_000,
    })
    trustedSince = clock.now()
    await cache.get('key')
    await clock.advance(500)
    expect(cache.analytics().coherence).toMatchObject({ state: 'trusted', silentMs: 500, bypassedMs: 3_000 })
  })
})
