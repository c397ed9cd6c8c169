import { createEntry, createNegativeEntry, isGreenlangError } from '@greenlang/core'
import { fakeClock, seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { memoryTier } from '../src/index.ts'
import { thrownBy } from './support/thrown-by.ts'

describe('value', () => {
  it('is the fresh value, by reference', () => {
    const clock = fakeClock()
    const tier = memoryTier<{ n: number }>({ maxEntries: 2, clock })
    const value = { n: 1 }
    tier.set('key', createEntry(value, { ttl: 10 }, { clock }))
    expect(tier.value('key')).toBe(value)
    expect(tier.get('key')?.value).toBe(value)
  })

  it('is undefined for a stale or invalidated entry, which get still returns', async () => {
    const clock = fakeClock()
    const tier = memoryTier<string>({ maxEntries: 2, clock })
    tier.set('stale', createEntry('old', { ttl: 10, grace: 10 }, { clock }))
    tier.set('marked', createEntry('old', { ttl: '1m' }, { clock }))
    await clock.advance(10)
    tier.invalidateMany(['marked'])
    for (const key of ['stale', 'marked']) {
      expect(tier.value(key)).toBe(undefined)
      expect(tier.get(key)?.value).toBe('old')
    }
    expect(tier.stats()).toMatchObject({ hits: 2, misses: 2 })
  })

  it('is undefined, and a miss, for a negative entry, which get returns', () => {
    const tier = memoryTier({ maxEntries: 2 })
    const negative = { ...createNegativeEntry({ ttl: '1m' }), checkedAt: 7 }
    tier.set('key', negative)
    expect([tier.value('key'), tier.get('key')]).toEqual([undefined, negative])
    expect(tier.stats()).toMatchObject({ hits: 1, misses: 1 })
  })

  it('tells null, 0, false and the empty string from a miss', () => {
    const tier = memoryTier({ maxEntries: 4 })
    for (const value of [null, 0, false, '']) {
      tier.set('key', createEntry(value))
      expect(tier.value('key')).toBe(value)
    }
  })
})

describe('law 1: never late', () => {
  it('keeps what an entry says of itself when its life is cut', () => {
    const clock = fakeClock()
    const tier = memoryTier({ maxEntries: 2, maxTtl: 100, clock })
    const negative = { ...createNegativeEntry({ ttl: '1h' }, { clock }), checkedAt: 7.5 }
    tier.set('key', negative)
    tier.invalidateMany(['key'])
    const end = clock.now() + 100
    expect(tier.get('key')).toEqual({ ...negative, staleAt: end, expiresAt: end, invalidated: true })
  })

  it('holds no entry longer than maxTtl, grace included, and lengthens none', async () => {
    const clock = fakeClock()
    const tier = memoryTier({ maxEntries: 10, maxTtl: 100, clock })
    const long = createEntry('long', { ttl: '1h', grace: '1h' }, { clock })
    const short = createEntry('short', { ttl: 30, grace: 20 }, { clock })
    tier.setMany(new Map([...Object.entries({ long, short })]))
    expect(tier.get('short')).toEqual(short)
    expect(tier.get('long')).toEqual({ ...long, staleAt: clock.now() + 100, expiresAt: clock.now() + 100 })
    await clock.advance(49.5)
    expect(tier.get('short')).toEqual(short)
    await clock.advance(0.5)
    expect(tier.get('short')).toBe(undefined)
    await clock.advance(49.5)
    expect(tier.value('long')).toBe('long')
    await clock.advance(0.5)
    expect(tier.get('long')).toBe(undefined)
  })

  it('is not fooled by an entry that was born long ago or is yet to be born', async () => {
    const clock = fakeClock()
    const tier = memoryTier({ maxEntries: 10, maxTtl: 100, clock })
    const now = clock.now()
    const old = { ...createEntry('old', {}, { clock }), createdAt: 0, staleAt: now + 1, expiresAt: now + 2 }
    tier.set('old', old)
    expect(tier.get('old')).toEqual(old)
    await clock.advance(2)
    expect(tier.get('old')).toBe(undefined)
  })

  it('gives up the room of an expired entry when it is touched', async () => {
    const clock = fakeClock()
    const tier = memoryTier({ maxEntries: 10, clock })
    tier.set('key', createEntry('value', { ttl: 10 }, { clock }))
    await clock.advance(10)
    expect(tier.stats().entries).toBe(1)
    tier.get('key')
    expect(tier.stats()).toMatchObject({ entries: 0, evictions: 0, deletes: 0 })
  })
})

describe('law 5: bounded', () => {
  it('never holds more than maxEntries, and drops the least recently used', () => {
    const tier = memoryTier<number>({ maxEntries: 3, eviction: 'lru' })
    for (const key of [1, 2, 3]) tier.set(`${key}`, createEntry(key))
    tier.value('1')
    tier.set('2', createEntry(20))
    tier.set('4', createEntry(4))
    expect([...tier.getMany(['1', '2', '3', '4'])].map(([key, entry]) => [key, entry.value])).toEqual([
      ['1', 1],
      ['2', 20],
      ['4', 4],
    ])
    expect(tier.stats()).toMatchObject({ entries: 3, evictions: 1, sets: 5 })
  })

  it('keeps one entry where one is allowed', () => {
    const tier = memoryTier<number>({ maxEntries: 1 })
    for (let key = 0; key < 100; key += 1) tier.set(`${key}`, createEntry(key))
    expect(tier.value('99')).toBe(99)
    expect(tier.stats()).toMatchObject({ entries: 1, evictions: 99 })
  })

  it('does as an array that is searched, over 10 000 random operations', async () => {
    const clock = fakeClock()
    const random = seededRandom(7)
    const below = (limit: number) => Math.floor(random() * limit)
    const maxEntries = 20
    const tier = memoryTier<number>({ maxEntries, eviction: 'lru', clock })
    const faults: object[] = []
    let model: { key: string; value: number; expiresAt: number }[] = []
    for (let step = 0; step < 10_000; step += 1) {
      const key = `key ${below(40)}`
      const now = clock.now()
      const known = model.find(each => each.key === key)
      const choice = below(100)
      if (choice < 45) {
        const alive = known !== undefined && known.expiresAt > now
        const value = tier.value(key)
        if (value !== (alive ? known.value : undefined)) faults.push({ step, value })
        model = model.filter(each => each !== known)
        if (alive) model.push(known)
      } else if (choice < 90) {
        const entry = createEntry(step, { ttl: 1 + below(30) }, { clock })
        tier.set(key, entry)
        model = model.filter(each => each !== known)
        model.push({ key, value: step, expiresAt: entry.expiresAt })
        model = model.slice(-maxEntries)
      } else if (choice < 95) {
        tier.deleteMany([key])
        model = model.filter(each => each !== known)
      } else if (choice < 96 && below(20) === 0) {
        tier.clear()
        model = []
      } else if (choice < 97) await clock.advance(1)
      const { entries } = tier.stats()
      if (entries !== model.length) faults.push({ step, entries })
    }
    expect(faults).toEqual([])
  })
})

describe('law 6: closed', () => {
  it('holds nothing after close', () => {
    const tier = memoryTier({ maxEntries: 3 })
    tier.set('key', createEntry('value'))
    tier.close()
    expect(tier.stats()).toMatchObject({ entries: 0, sets: 1 })
    expect(
      isGreenlangError(
        thrownBy(() => tier.value('key')),
        'CLOSED',
      ),
    ).toBe(true)
  })
})

describe('law 8: options', () => {
  it.each([
    [undefined, /option of memoryTier must be an object/],
    [{}, /option maxEntries must be a whole number >= 1 and <= 8388608; got nothing/],
    [{ maxEntries: 0 }, /option maxEntries must be .*; got 0/],
    [{ maxEntries: 1.5 }, /option maxEntries must be .*; got 1.5/],
    [{ maxEntries: Number.POSITIVE_INFINITY }, /option maxEntries must be .*; got Infinity/],
    [{ maxEntries: '100' }, /option maxEntries must be .*; got "100"/],
    [{ maxEntries: 9_000_000 }, /option maxEntries must be .*; got 9000000/],
    [{ maxEntries: 1, name: '' }, /option name must be a string that is not empty; got ""/],
    [{ maxEntries: 1, maxTtl: 0 }, /option maxTtl must be a duration > 0/],
    [{ maxEntries: 1, maxTtl: '5 minutes' }, /option maxTtl must be a duration > 0.*got "5 minutes"/],
    [{ maxEntries: 1, maxttl: 5 }, /option memoryTier.maxttl must be one that exists/],
    [{ maxEntries: 1, name: null }, /option name must be .*; got null/],
    [{ maxEntries: 1, clock: null }, /option clock must be a clock .*; got null/],
    [{ maxEntries: 1, clock: Date }, /option clock must be a clock/],
  ])('refuses %p', (options, message) => {
    const thrown = thrownBy(() => memoryTier(options as never))
    expect(isGreenlangError(thrown, 'INVALID_OPTION')).toBe(true)
    expect((thrown as Error).message).toMatch(message)
  })

  it('takes no memory for a bound that is not reached', () => {
    const before = process.memoryUsage().arrayBuffers
    const tiers = Array.from({ length: 20 }, () => memoryTier({ maxEntries: 2 ** 23 }))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
    expect(tiers).toHaveLength(20)
  })
})
