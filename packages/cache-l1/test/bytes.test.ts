import { createEntry, isGreenlangError } from '@greenlang/core'
import { fakeClock, seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { evictionPolicies, memoryTier, sizeOf } from '../src/index.ts'
import { thrownBy } from './support/thrown-by.ts'

describe('maxBytes', () => {
  it.each(evictionPolicies)(
    '%s: the account is the sum of the entries after any sequence',
    async eviction => {
      const clock = fakeClock()
      const seed = 11
      const random = seededRandom(seed)
      const below = (limit: number) => Math.floor(random() * limit)
      const sizes = new Map<string, number>()
      const tier = memoryTier<string>({
        maxBytes: 20_000,
        maxEntryBytes: 3_000,
        eviction,
        clock,
        sizeOf: value => value.length,
        onRemoval: key => sizes.delete(key),
      })
      const weight = (key: string, value: string) => Math.ceil((88 + sizeOf(key) + value.length) / 8) * 8
      const faults: object[] = []
      for (let step = 0; step < 5_000; step += 1) {
        const key = `key ${below(60)}`
        const choice = below(100)
        if (choice < 50) {
          const value = 'x'.repeat(below(4_000))
          if (tier.put(key, value, 1 + below(5_000)) && tier.has(key)) sizes.set(key, weight(key, value))
        } else if (choice < 80) tier.value(key)
        else if (choice < 90) tier.deleteMany([key])
        else if (choice < 95) tier.invalidateMany([key])
        else if (choice < 96 && below(20) === 0) tier.clear()
        else await clock.advance(below(400))
        const { bytes = -1, entries } = tier.stats()
        const sum = [...sizes.values()].reduce((total, size) => total + size, 0)
        if (bytes !== sum || entries !== sizes.size || bytes > 20_000) faults.push({ seed, step, bytes, sum })
      }
      expect(faults).toEqual([])
      tier.clear()
      expect(tier.stats()).toMatchObject({ bytes: 0, entries: 0 })
    },
  )

  it('refuses a value that is too large, and the old one is gone', () => {
    const tier = memoryTier<string>({ maxBytes: '10kb', maxEntryBytes: '1kb' })
    expect(tier.put('key', 'small')).toBe(true)
    expect(tier.put('key', 'x'.repeat(2_000))).toBe(false)
    expect(tier.get('key')).toBe(undefined)
    tier.set('other', createEntry('x'.repeat(20_000)))
    expect(tier.stats()).toMatchObject({ entries: 0, bytes: 0, refusals: 2 })
  })

  it('counts nothing where nothing is bounded by it', () => {
    expect(memoryTier({ maxEntries: 1 }).stats().bytes).toBe(undefined)
  })

  it('leaves nothing stale behind when a size cannot be told', () => {
    const tier = memoryTier<number>({ maxBytes: '1kb', sizeOf: value => (value > 1 ? Number.NaN : 8) })
    tier.put('key', 1)
    expect(
      isGreenlangError(
        thrownBy(() => tier.put('key', 2)),
        'INVALID_ARGUMENT',
      ),
    ).toBe(true)
    expect(
      isGreenlangError(
        thrownBy(() => tier.set('key', createEntry(2))),
        'INVALID_ARGUMENT',
      ),
    ).toBe(true)
    expect(tier.has('key')).toBe(false)
  })
})

describe('resize', () => {
  it('shrinks at once and grows again', () => {
    const tier = memoryTier<number>({ maxEntries: 100, eviction: 'fifo' })
    for (let key = 0; key < 100; key += 1) tier.put(`${key}`, key)
    tier.resize({ maxEntries: 10 })
    expect([...tier.keys()]).toEqual(['90', '91', '92', '93', '94', '95', '96', '97', '98', '99'])
    tier.resize({ maxEntries: 1_000 })
    for (let key = 0; key < 1_000; key += 1) tier.put(`${key}`, key)
    expect(tier.stats()).toMatchObject({ entries: 1_000, maxEntries: 1_000 })
  })

  it('refuses bounds that are none, and bytes where none are counted', () => {
    const tier = memoryTier({ maxEntries: 10 })
    for (const bounds of [{ maxEntries: 0 }, { maxBytes: '1kb' }, { maxEntrees: 5 }, undefined])
      expect(
        isGreenlangError(
          thrownBy(() => tier.resize(bounds as never)),
          'INVALID_OPTION',
        ),
      ).toBe(true)
    memoryTier({ maxBytes: '1mb' }).resize({ maxBytes: '2mb' })
  })
})

describe('pressure', () => {
  it('shrinks while memory is short and regrows slowly, never above the bound', async () => {
    const clock = fakeClock()
    let share = 0.5
    const tier = memoryTier<number>({
      maxEntries: 1_000,
      clock,
      pressure: { every: '1s', gauge: () => share },
    })
    for (let key = 0; key < 1_000; key += 1) tier.put(`${key}`, key, '1h')
    await clock.advance('1s')
    expect(tier.stats()).toMatchObject({ entries: 1_000, maxEntries: 1_000 })
    share = 0.9
    await clock.advance('2s')
    expect(tier.stats()).toMatchObject({ entries: 562, maxEntries: 562 })
    share = 0.8
    await clock.advance('10s')
    expect(tier.stats().maxEntries).toBe(562)
    share = 0.5
    await clock.advance('1s')
    expect(tier.stats().maxEntries).toBe(591)
    await clock.advance('60s')
    expect(tier.stats().maxEntries).toBe(1_000)
    tier.close()
    await clock.advance('5s')
    expect(clock.waiting).toBe(0)
  })

  it('refuses marks that would swing', () => {
    const pressure = { shrinkAbove: 0.5, regrowBelow: 0.6 }
    expect(
      isGreenlangError(
        thrownBy(() => memoryTier({ maxEntries: 1, pressure })),
        'INVALID_OPTION',
      ),
    ).toBe(true)
  })
})
