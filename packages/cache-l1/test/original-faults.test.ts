/** One test for each fault that the cache this one replaces had; those of its decorators are in cached.test.ts. */
import { createEntry } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it, jest } from '@jest/globals'
import { evictionPolicies, memoryTier } from '../src/index.ts'
import { createLru } from '../src/policies/lru.ts'
import { SlotLists } from '../src/policies/slot-list.ts'

describe('faults the original had', () => {
  it('W1: reads statistics as often as asked, at once and without side effects', () => {
    const tier = memoryTier({ maxEntries: 3 })
    tier.set('key', createEntry('value'))
    tier.get('key')
    tier.value('key')
    expect(tier.stats()).toEqual(tier.stats())
    expect(tier.stats()).toMatchObject({ hits: 2, misses: 0 })
  })

  it('W2: finds what to evict without a search: as many steps at 100 000 entries as at 1000', () => {
    const stepsOf = (count: number) => {
      const steps = jest.spyOn(SlotLists.prototype, 'oldest')
      const policy = createLru({ hashOf: () => 0, bytesOf: () => 0, expiresAt: () => 0 })
      policy.grow(count + 1)
      for (let slot = 1; slot <= count; slot += 1) policy.add(slot)
      for (let round = 0; round < 1_000; round += 1) policy.add(policy.evict())
      const { length } = steps.mock.calls
      steps.mockRestore()
      return length
    }
    expect(stepsOf(1_000)).toBe(1_000)
    expect(stepsOf(100_000)).toBe(1_000)
  })

  it('W3: weighs what a value holds, not its outermost object', () => {
    const tier = memoryTier({ maxBytes: '1mb' })
    for (let key = 0; key < 50; key += 1) tier.put(`${key}`, { body: 'x'.repeat(1_000_000) })
    const { entries, bytes = 0 } = tier.stats()
    expect(entries).toBe(1)
    expect(bytes).toBeGreaterThan(1_000_000)
  })

  it('W4: forgets the weight of what is overwritten, once', () => {
    const tier = memoryTier({ maxBytes: '1mb' })
    for (let round = 0; round < 100; round += 1) tier.put('key', 'x'.repeat(100_000 + round))
    const { bytes = 0 } = tier.stats()
    expect(bytes).toBeGreaterThan(100_000)
    expect(bytes).toBeLessThan(101_000)
    tier.deleteMany(['key'])
    expect(tier.stats().bytes).toBe(0)
  })

  it('W5: lets nobody read the old value after an overwrite that could not be kept', async () => {
    const clock = fakeClock()
    const tier = memoryTier<string>({ maxBytes: '10kb', maxEntryBytes: '1kb', clock })
    const late = createEntry('late', { ttl: 10 }, { clock })
    await clock.advance(10)
    for (const overwrite of [
      () => tier.put('key', 'x'.repeat(2_000)),
      () => tier.set('key', createEntry('x'.repeat(2_000), {}, { clock })),
      () => tier.set('key', late),
    ]) {
      tier.put('key', 'old')
      overwrite()
      expect([tier.get('key'), tier.value('key'), tier.has('key')]).toEqual([undefined, undefined, false])
    }
  })

  it('W6: records latency at a fixed cost and in fixed room, and ranks it rightly', async () => {
    let now = 0
    let readings = 0
    const clock = {
      ...fakeClock(),
      now: () => {
        readings += 1
        now += 0.5
        return now
      },
      turn: () => now,
      sleep: () => new Promise<void>(() => {}),
    }
    const tier = memoryTier<number>({ maxEntries: 10, clock, ttl: Number.POSITIVE_INFINITY })
    tier.put('key', 1)
    const before = readings
    for (let look = 0; look < 1024 * 100; look += 1) tier.value(look % 2 === 0 ? 'key' : 'absent')
    expect(readings - before).toBe(200)
    const { latency, hits, misses } = tier.stats()
    expect([hits, misses]).toEqual([51_200, 51_200])
    expect(latency).toMatchObject({ count: 100, max: 0.5 })
    expect(Math.abs(latency.p50 - 0.5)).toBeLessThan(0.05)
  })

  it('W7: keeps what was given, if asked to, whatever readers do to it', () => {
    const given = { list: [1] }
    const cloning = memoryTier<{ list: number[] }>({ maxEntries: 3, clone: true })
    cloning.put('key', given)
    given.list.push(2)
    cloning.value('key')?.list.push(3)
    expect(cloning.value('key')).toEqual({ list: [1] })
    const freezing = memoryTier<{ list: number[] }>({ maxEntries: 3, freeze: true })
    freezing.put('key', { list: [1] })
    expect(() => freezing.value('key')?.list.push(2)).toThrow()
  })

  it('W10: tells the time by a clock that a jump of the wall clock does not move', () => {
    const jump = jest.spyOn(Date, 'now')
    const tier = memoryTier<number>({ maxEntries: 3 })
    tier.put('key', 1, '1m')
    for (const by of [3_600_000, -3_600_000]) {
      jump.mockReturnValue(performance.timeOrigin + performance.now() + by)
      expect(tier.value('key')).toBe(1)
    }
    jump.mockRestore()
  })

  it('W10: counts evictions, expiries and deletions apart, and clear wipes no counter', async () => {
    const clock = fakeClock()
    const tier = memoryTier<number>({ maxEntries: 2, eviction: 'fifo', clock })
    for (let key = 0; key < 5; key += 1) tier.put(`${key}`, key)
    tier.deleteMany(['4'])
    tier.put('short', 1, 5)
    await clock.advance(5)
    tier.get('short')
    tier.clear()
    expect(tier.stats()).toMatchObject({ entries: 0, sets: 6, evictions: 3, expirations: 1, deletes: 1 })
  })

  it.each(evictionPolicies)('W10: %s keeps what expires apart from what it evicts', async eviction => {
    const clock = fakeClock()
    const tier = memoryTier<number>({ maxEntries: 100, eviction, clock })
    for (let key = 0; key < 100; key += 1) tier.put(`${key}`, key, key % 2 === 0 ? '1s' : '1h')
    await clock.advance('3s')
    expect(tier.stats()).toMatchObject({ entries: 50, expirations: 50, evictions: 0 })
    for (let key = 100; key < 150; key += 1) tier.put(`${key}`, key, '1h')
    expect(tier.stats()).toMatchObject({ entries: 100, evictions: 0 })
  })
})
