import { createEntry } from '@greenlang/core'
import { fakeClock, seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { memoryTier } from '../src/index.ts'

describe('expiry', () => {
  it('gives up room by itself, soon after the time has come and not before', async () => {
    const clock = fakeClock()
    const tier = memoryTier<number>({ maxEntries: 100, clock })
    tier.put('short', 1, '5s')
    tier.put('long', 2, '3h')
    tier.put('ever', 3, Number.POSITIVE_INFINITY)
    tier.set('graced', createEntry(4, { ttl: '1s', grace: '1m' }, { clock }))
    await clock.advance(4_999)
    expect(tier.stats().entries).toBe(4)
    await clock.advance(1_100)
    expect(tier.stats()).toMatchObject({ entries: 3, expirations: 1, evictions: 0, deletes: 0 })
    await clock.advance('3h')
    expect(tier.stats()).toMatchObject({ entries: 1, expirations: 3 })
    await clock.advance('400d')
    expect(tier.value('ever')).toBe(3)
  })

  it('has one timer while anything expires, and none otherwise', async () => {
    const clock = fakeClock()
    const tier = memoryTier<number>({ maxEntries: 10_000, clock })
    expect(clock.waiting).toBe(0)
    tier.put('ever', 1, Number.POSITIVE_INFINITY)
    expect(clock.waiting).toBe(0)
    for (let key = 0; key < 1_000; key += 1) tier.put(`${key}`, key, 60_000 - key)
    await clock.advance(0)
    expect(clock.waiting).toBe(1)
    await clock.advance('2m')
    expect(tier.stats().entries).toBe(1)
    expect(clock.waiting).toBe(0)
    tier.put('again', 1)
    expect(clock.waiting).toBe(1)
    tier.close()
    await clock.advance(0)
    expect(clock.waiting).toBe(0)
  })

  it('does as a Map of dates, over random lives, overwrites and deletions', async () => {
    const clock = fakeClock()
    const random = seededRandom(3)
    const below = (limit: number) => Math.floor(random() * limit)
    const tier = memoryTier<number>({ maxEntries: 5_000, clock })
    const ends = new Map<string, number>()
    for (let round = 0; round < 200; round += 1) {
      for (let step = 0; step < 50; step += 1) {
        const key = `${below(2_000)}`
        if (below(10) === 0) {
          tier.deleteMany([key])
          ends.delete(key)
        } else {
          const ttl = 1 + below([100, 10_000, 10 ** 6, 10 ** 8][below(4)] as number)
          tier.put(key, round, ttl)
          ends.set(key, clock.now() + ttl)
        }
      }
      await clock.advance(below(below(5) === 0 ? 2_000_000 : 5_000))
      const now = clock.now()
      for (const [key, end] of ends) if (end + 2_100 <= now) ends.delete(key)
      const { entries } = tier.stats()
      const alive = [...ends.values()].filter(end => end > now).length
      // Between what is alive and what died within the last two ticks.
      if (entries < alive || entries > ends.size)
        throw new Error(`round ${round}: ${entries}, ${alive} alive`)
    }
  })

  it('gives the event loop its turn while a hundred thousand entries go at once', async () => {
    const clock = fakeClock()
    const tier = memoryTier<number>({ maxEntries: 100_000, clock })
    for (let key = 0; key < 100_000; key += 1) tier.put(`${key}`, key, '1s')
    const seen = new Set<number>()
    for (let step = 0; step < 300 && tier.stats().entries > 0; step += 1) {
      await clock.advance(20)
      seen.add(tier.stats().entries)
    }
    expect(tier.stats()).toMatchObject({ entries: 0, expirations: 100_000 })
    expect(seen.size).toBeGreaterThan(2)
  })
})
