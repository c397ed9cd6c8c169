/** Law 4: a cache may lose data, never a request. And what a failure leaves behind is never served. */
import { type CacheEvent, createEntry } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { chaos, fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { mapTier } from './support/map-tier.ts'

const everything = ['get', 'set', 'deleteMany', 'invalidateMany', 'clear'] as const

function brokenTier() {
  const tier = heldTier({ name: 'broken' })
  for (const operation of everything) tier.failing.add(operation)
  return tier
}

describe('a tier that fails', () => {
  it('is a miss and an event; every call of the cache still works', async () => {
    const events: CacheEvent[] = []
    const observer = (event: CacheEvent) => void events.push(event)
    await using cache = createCache({ tiers: [mapTier(), brokenTier()], observer })
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded')
    expect(await cache.get('key')).toBe('loaded')
    await cache.set('key', 'set')
    expect(await cache.get('key')).toBe('set')
    expect(await cache.delete('key')).toMatchObject({ propagated: false, unreached: ['broken'] })
    expect(await cache.invalidate({ keys: ['key'] })).toMatchObject({ unreached: ['broken'] })
    expect(await cache.clear()).toMatchObject({ propagated: false, unreached: ['broken'] })
    expect(await cache.get('key')).toBeUndefined()
    await turns()
    const failures = events.filter(event => event.type === 'tier-failure')
    expect(new Set(failures.map(({ tier, operation }) => `${tier} ${operation}`))).toEqual(
      new Set(['get', 'set', 'delete', 'invalidate', 'clear'].map(operation => `broken ${operation}`)),
    )
    expect(cache.analytics().tiers[1]?.failures).toBe(failures.length)
  })

  it('may be the only one, the first one, or throw at once', async () => {
    const memory = mapTier()
    for (const method of ['get', 'set', 'deleteMany', 'invalidateMany', 'clear'] as const)
      memory[method] = () => {
        throw new Error('broken')
      }
    for (const tiers of [[brokenTier()], [memory], [memory, brokenTier()]] as const) {
      const cache = createCache({ tiers, keepOpen: true })
      expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded')
      await cache.set('key', 1)
      await cache.delete('key')
      expect(await cache.get('key')).toBeUndefined()
      await cache.clear()
      expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded')
      await cache.close()
    }
  })

  it('that hangs is given up at its deadline', async () => {
    const clock = fakeClock()
    const hanging = chaos(mapTier({ name: 'hanging', clock }), {
      seed: 1,
      delay: Number.POSITIVE_INFINITY,
      clock,
    })
    await using cache = createCache({
      tiers: [mapTier({ clock }), hanging],
      clock,
      guard: { deadline: '50ms' },
    })
    const value = cache.getOrSet('key', () => 'loaded')
    await clock.advance('100ms')
    expect(await value).toBe('loaded')
    const deletion = cache.delete('key')
    await clock.advance('100ms')
    expect(await deletion).toMatchObject({ unreached: ['hanging'] })
  })

  it('that fails too often is not asked for a while, and that is told', async () => {
    const events: CacheEvent[] = []
    const tier = heldTier({ guarded: false })
    tier.failing.add('get')
    const states: string[] = []
    await using cache = createCache({
      tiers: [tier],
      guard: { volumeThreshold: 10, onState: state => states.push(state) },
      observer: event => events.push(event),
    })
    for (let index = 0; index < 20; index += 1) await cache.get('key')
    expect(tier.calls.length).toBeLessThan(15)
    expect(events).toContainEqual({ cache: 'default', type: 'circuit', tier: 'slow', state: 'open' })
    expect(states).toEqual(['open'])
  })
})

describe('a delete that failed (C13)', () => {
  it('never leads to a stale read, and is tried again until it has reached the tier', async () => {
    const clock = fakeClock()
    const slow = heldTier({ clock })
    await using cache = createCache({ tiers: [mapTier({ clock }), slow], clock })
    await cache.set('key', 'old')
    slow.failing.add('deleteMany')
    expect(await cache.delete('key')).toMatchObject({ propagated: false, unreached: ['slow'] })
    expect(slow.map.entries.get('key')?.value).toBe('old')
    for (let read = 0; read < 3; read += 1) expect(await cache.get('key')).toBeUndefined()
    await clock.advance('1s')
    expect(slow.map.entries.get('key')?.value).toBe('old')
    slow.failing.clear()
    expect(await cache.get('key')).toBeUndefined()
    await clock.advance('1s')
    expect(slow.map.entries.size).toBe(0)
    slow.map.set('key', createEntry('written later', {}, { clock }))
    expect(await cache.get('key')).toBe('written later')
  })

  it.each(['invalidateMany', 'set'] as const)('holds for %s as well', async operation => {
    const clock = fakeClock()
    const [memory, slow] = [mapTier({ clock }), heldTier({ clock })]
    await using cache = createCache({ tiers: [memory, slow], clock })
    await cache.set('key', 'old')
    slow.failing.add(operation)
    if (operation === 'set') await cache.set('key', 'new')
    else await cache.invalidate({ keys: ['key'] })
    memory.entries.clear()
    // What a set left is deleted: that can be sent at once.
    if (operation === 'set') expect(slow.map.get('key')).toBeUndefined()
    else expect(slow.map.get('key')).toMatchObject({ value: 'old', invalidated: false })
    expect(await cache.get('key')).toBeUndefined()
    slow.failing.clear()
    await clock.advance('1s')
    if (operation !== 'set') expect(slow.map.get('key')).toMatchObject({ invalidated: true })
    expect(await cache.get('key')).toBeUndefined()
  })

  it('keeps what is loaded meanwhile in this process, and fills the tier again once it was sent', async () => {
    const clock = fakeClock()
    const [memory, slow] = [mapTier({ clock }), heldTier({ clock })]
    await using cache = createCache({ tiers: [memory, slow], clock })
    await cache.set('key', 'old')
    slow.failing.add('deleteMany')
    await cache.delete('key')
    await clock.advance(1)
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
    expect(await cache.get('key')).toBe('new')
    slow.failing.clear()
    await clock.advance('1s')
    memory.entries.clear()
    expect(await cache.getOrSet('key', () => 'newer')).toBe('newer')
    await turns()
    expect(slow.map.get('key')?.value).toBe('newer')
  })

  it('lets no other key suffer', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    await cache.set('other', 1)
    slow.failing.add('deleteMany')
    await cache.delete('key')
    memory.entries.clear()
    expect(await cache.get('other')).toBe(1)
  })

  it('of everything holds all the same, and what comes later is kept', async () => {
    const clock = fakeClock()
    const [memory, slow] = [mapTier({ clock }), heldTier({ clock })]
    await using cache = createCache({ tiers: [memory, slow], clock })
    await cache.set('key', 'old')
    slow.failing.add('clear')
    expect(await cache.clear()).toMatchObject({ unreached: ['slow'] })
    expect(slow.map.get('key')?.value).toBe('old')
    for (let read = 0; read < 5; read += 1) expect(await cache.get('key')).toBeUndefined()
    await cache.set('other', 'new')
    memory.entries.clear()
    expect([await cache.get('key'), await cache.get('other')]).toEqual([undefined, 'new'])
    slow.failing.clear()
    await clock.advance('1m')
    expect(slow.map.entries.size).toBe(0)
    expect(cache.analytics().tiers[1]?.bypassed).toBe(false)
  })
})

describe('a write past its deadline that takes effect in the end', () => {
  it('is followed by the delete that overtook it', async () => {
    const clock = fakeClock()
    const slow = heldTier({ guarded: false, clock })
    const memory = mapTier({ clock })
    await using cache = createCache({ tiers: [memory, slow], clock, guard: { deadline: '50ms' } })
    const late = slow.hold('set')
    await cache.getOrSet('key', () => 'old')
    await late.reached
    await clock.advance('100ms')
    const deletion = cache.delete('key')
    await clock.advance('100ms')
    expect(await deletion).toMatchObject({ unreached: ['slow'] })
    late.release()
    await turns()
    expect(await cache.get('key')).toBeUndefined()
    await clock.advance('1s')
    expect(slow.map.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
  })
})

describe('a bus that fails', () => {
  it('costs propagation, not the request, and what it should have told still holds here', async () => {
    const bus = memoryBus()
    await using cache = createCache({ tiers: [mapTier()], bus, keepOpen: true })
    await cache.set('key', 'old', { tags: ['tag'] })
    await bus.close()
    expect(await cache.invalidate({ tags: ['tag'] })).toEqual({ propagated: false, unreached: [] })
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new', { tags: ['tag'] })).toBe('new')
    expect(await cache.delete('key')).toEqual({ propagated: false, unreached: [] })
    await cache.set('plain', 1)
    expect(await cache.get('plain')).toBe(1)
  })
})

describe('an observer that throws', () => {
  it('disturbs nobody', async () => {
    const observer = () => {
      throw new Error('observer')
    }
    await using cache = createCache({ tiers: [mapTier(), brokenTier()], observer })
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded')
    expect(await cache.getOrSet('key', () => 'other')).toBe('loaded')
    await cache.delete('key')
    await expect(cache.getOrSet('key', () => Promise.reject(new Error('load')))).rejects.toThrow('load')
  })

  it('disturbs nobody by rejecting either', async () => {
    const observer = async () => {
      throw new Error('observer')
    }
    await using cache = createCache({ tiers: [mapTier(), brokenTier()], observer })
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded')
    await turns()
  })
})

describe('a private tier that cannot drop what it is told to', () => {
  it('is not believed any more, and the others are', async () => {
    const disk = heldTier({ name: 'disk', scope: 'process' })
    const memory = mapTier({ name: 'memory' })
    await using cache = createCache({ tiers: [memory, disk] })
    await cache.set('dropped', 'old')
    await cache.set('kept', 'value')
    await turns()
    disk.failing.add('deleteMany')
    await cache.delete('dropped')
    expect(await cache.getOrSet('kept', () => 'loaded anew')).toBe('value')
    expect(cache.analytics().tiers[0]).toMatchObject({ name: 'memory', hits: 1 })
    memory.entries.clear()
    expect(await cache.get('dropped')).toBeUndefined()
    expect(await cache.get('kept')).toBeUndefined()
  })
})
