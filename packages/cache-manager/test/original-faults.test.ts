/**
 * What was found broken in the manager this package replaces, one test a fault: W28 to W33 and W36. W27, W34, W35, W37 and W39 are
 * in operations.test.ts, warming.test.ts, configure.test.ts and define-values.test.ts.
 */
import { type CacheEvent, createEntry, systemClock, type Tier } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'
import { moodyTier } from './support/moody-tier.ts'

/** As two processes over one Redis. */
function twoCaches() {
  const [bus, shared] = [memoryBus(), leasedTier()]
  const [here, there] = [mapTier({ name: 'memory' }), mapTier({ name: 'memory' })]
  const one = createCache({ tiers: [here, shared], bus, keepOpen: true })
  const two = createCache({ tiers: [there, shared], bus, keepOpen: true })
  const close = async () => {
    await Promise.all([one.close(), two.close()])
    await bus.close()
  }
  return { bus, shared, here, there, one, two, [Symbol.asyncDispose]: close }
}

const minute = 60_000

describe('W28: a set', () => {
  it('is told to the other processes: none serves the value before', async () => {
    await using caches = twoCaches()
    const { one, two, there } = caches
    await one.set('key', 'v1')
    expect(await two.get('key')).toBe('v1')
    expect(there.entries.get('key')?.value).toBe('v1')
    expect(await one.set('key', 'v2')).toMatchObject({ stored: true, propagated: true })
    expect(there.entries.has('key')).toBe(false)
    expect(await two.get('key')).toBe('v2')
    await two.setMany(new Map([['key', 'v3']]))
    expect(await one.get('key')).toBe('v3')
  })
})

describe('W29: its own messages', () => {
  it('never delete what it has set since, in 200 rounds of invalidate and set', async () => {
    await using caches = twoCaches()
    const { one, two, here } = caches
    for (let round = 0; round < 200; round += 1) {
      const told = one.invalidate({ keys: ['key'] })
      const set = one.set('key', round)
      await Promise.all([told, set])
      await turns(1)
      expect(here.entries.get('key')?.value).toBe(round)
      expect(await two.get('key')).toBe(round)
    }
  })

  it('go out once for each invalidation', async () => {
    await using caches = twoCaches()
    const frames: string[] = []
    caches.bus.subscribe(({ invalidation }) => void frames.push(Object.keys(invalidation).sort().join(' ')))
    await caches.one.invalidate({ keys: ['key'] })
    await caches.one.invalidate({ tags: ['tag'] })
    await caches.one.invalidate({ pattern: 'a*' })
    await turns()
    expect(frames).toEqual(['keys mode', 'mode tags', 'mode pattern'])
    expect(caches.two.analytics().invalidations).toEqual({ own: 0, other: 3 })
  })
})

describe('W30: a promotion', () => {
  it('extends no life: neither in memory, nor by warming again and again', async () => {
    const clock = fakeClock()
    const [memory, disk] = [mapTier({ clock }), heldTier({ clock, name: 'disk', scope: 'process' })]
    await disk.set('key', createEntry('value', { ttl: 2_000 }, { clock }))
    await using cache = createCache({ tiers: [memory, disk], clock, defaults: { ttl: '1h' } })
    expect(await cache.get('key')).toBe('value')
    const staleAt = disk.map.entries.get('key')?.staleAt
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(500)
      await cache.warm(['key'])
      await turns()
      expect(memory.entries.get('key')?.staleAt).toBe(staleAt)
      expect(disk.map.entries.get('key')?.staleAt).toBe(staleAt)
    }
    await clock.advance(500)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('from a disk gives nothing to the shared tier, which others would believe', async () => {
    const clock = fakeClock()
    const [shared, disk] = [leasedTier({ clock }), heldTier({ clock, name: 'disk', scope: 'process' })]
    const memory = mapTier({ clock })
    await disk.set('key', createEntry('value', { ttl: 2_000 }, { clock }))
    await using cache = createCache({ tiers: [memory, shared, disk], clock })
    expect(await cache.get('key')).toBe('value')
    await turns()
    expect([memory.entries.size, shared.map.entries.size]).toEqual([1, 0])
  })

  it('and a ttl of 0 means one thing: it is refused wherever it is given', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const refused = { code: 'INVALID_OPTION', option: 'ttl' }
    await expect(cache.set('key', 1, { ttl: 0 })).rejects.toMatchObject(refused)
    await expect(cache.setMany(new Map([['key', 1]]), { ttl: 0 })).rejects.toMatchObject(refused)
    await expect(cache.getOrSet('key', () => 1, { ttl: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    expect(() => createCache({ tiers: [mapTier()], defaults: { ttl: 0 } })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})

describe('W31: a set', () => {
  it('that only memory keeps says that it is stored', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    expect(await cache.set('key', 1)).toEqual({
      stored: true,
      propagated: true,
      stamp: { history: expect.any(String), sequence: expect.any(Number) },
    })
    expect(await cache.get('key')).toBe(1)
  })

  it('while the shared tier is down says that it was not told, and holds here', async () => {
    const shared = moodyTier({ clock: systemClock, mood: 'rejecting' })
    await using cache = createCache({ tiers: [mapTier(), shared], bus: memoryBus() })
    expect(await cache.set('key', 1)).toEqual({ stored: true, propagated: false })
    expect(await cache.get('key')).toBe(1)
  })
})

describe('W32: a shared tier that is down as the process starts', () => {
  it('is said to be down, by name, and used as soon as it is back', async () => {
    const clock = fakeClock()
    const [memory, shared] = [mapTier({ clock }), moodyTier({ clock, mood: 'rejecting' })]
    await using cache = createCache({ tiers: [memory, shared], clock, guard: { openFor: 5 } })
    for (let at = 0; at < 20; at += 1) expect(await cache.getOrSet(`key ${at}`, () => at)).toBe(at)
    expect(await cache.health()).toMatchObject({
      state: 'degraded',
      reasons: ['tier "shared" is down'],
      tiers: [
        { name: 'map', state: 'up' },
        { name: 'shared', state: 'down' },
      ],
    })
    shared.mood = 'up'
    await until(async () => (await cache.health()).state === 'healthy')
    await cache.set('key', 'value')
    memory.entries.clear()
    expect(await cache.getOrSetDetailed('key', () => 'loaded')).toMatchObject({ source: 'shared' })
    expect(await cache.getOrSet('next', () => 'next')).toBe('next')
    await turns()
    expect(shared.map.entries.has('next')).toBe(true)
  })
})

describe('W33: tiers', () => {
  const makers: Readonly<Record<string, () => Tier>> = {
    memory: () => mapTier({ name: 'memory' }),
    shared: () => leasedTier(),
    disk: () => heldTier({ name: 'disk', scope: 'process' }),
  }
  const subsets = [
    ['memory'],
    ['shared'],
    ['disk'],
    ['memory', 'shared'],
    ['memory', 'disk'],
    ['shared', 'disk'],
  ]

  it.each(subsets.map(names => [names.join(' and '), names] as const))(
    'may be left out: %s',
    async (_, names) => {
      const [first, ...rest] = names.flatMap(name => makers[name]?.() ?? [])
      if (first === undefined) throw new Error('no tier')
      await using cache = createCache({ tiers: [first, ...rest], bus: memoryBus() })
      expect(await cache.set('key', 1)).toEqual({
        stored: true,
        propagated: true,
        stamp: { history: expect.any(String), sequence: expect.any(Number) },
      })
      expect(await cache.get('key')).toBe(1)
      expect(await cache.getOrSet('loaded', () => 2)).toBe(2)
      await turns()
      expect(await cache.getOrSet('loaded', () => 3)).toBe(2)
      await cache.delete('key')
      expect(await cache.get('key')).toBeUndefined()
      const { tiers } = await cache.health()
      expect(tiers.map(({ name }) => name)).toEqual(names)
    },
  )
})

describe('W36: work in the background', () => {
  it('is told when it fails, is waited for, and leaves no rejection to nobody', async () => {
    const unhandled: unknown[] = []
    const stray = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', stray)
    const events: CacheEvent[] = []
    const works: Promise<unknown>[] = []
    const shared = heldTier()
    shared.failing.add('set')
    await using cache = createCache({
      tiers: [mapTier(), shared],
      observer: event => void events.push(event),
      waitUntil: work => void works.push(work),
    })
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
    await Promise.all(works)
    expect(await cache.drain()).toEqual({ drained: true, left: 0 })
    await turns(10)
    process.off('unhandledRejection', stray)
    expect(works.length).toBeGreaterThan(0)
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'tier-failure', tier: 'slow', operation: 'set' }),
    )
    expect(unhandled).toEqual([])
  })

  it('brings what the disk had to memory, whatever else is there', async () => {
    const [memory, disk] = [mapTier(), heldTier({ name: 'disk', scope: 'process' })]
    for (const tiers of [
      [memory, disk],
      [memory, leasedTier(), disk],
    ] as const) {
      await disk.set('key', createEntry('value', { ttl: minute }))
      await using cache = createCache({ tiers: [...tiers], keepOpen: true })
      expect(await cache.getDetailed('key')).toMatchObject({ value: 'value', source: 'disk' })
      await turns()
      expect(await cache.getDetailed('key')).toMatchObject({ value: 'value', source: 'map' })
      memory.entries.clear()
    }
  })

  it('and the ratio of a tier is of the look-ups that reached it', async () => {
    const [memory, shared, disk] = [mapTier(), leasedTier(), heldTier({ name: 'disk', scope: 'process' })]
    for (const key of ['a', 'b', 'c']) shared.map.set(key, createEntry(key, { ttl: minute }))
    await using cache = createCache({ tiers: [memory, shared, disk] })
    for (const key of ['a', 'b', 'c', 'd']) for (let read = 0; read < 5; read += 1) await cache.get(key)
    const { requests, tiers } = cache.analytics()
    expect(requests).toBe(20)
    // Of 20 requests 12 were answered by memory; 8 reached the shared tier, which had 3 of those.
    expect(tiers).toMatchObject([
      { name: 'map', lookups: 20, hits: 12, hitRatio: 0.6 },
      { name: 'shared', lookups: 8, hits: 3, hitRatio: 3 / 8, share: 3 / 20 },
      { name: 'disk', lookups: 5, hits: 0, hitRatio: 0 },
    ])
  })
})

/** Asks until the answer is yes, for 10 s at most. */
async function until(answer: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await answer())) {
    if (performance.now() > end) throw new Error('waited 10 s in vain')
    await turns()
  }
}
