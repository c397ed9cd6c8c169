/** What callers, listeners and gauges may do to it without breaking a bound, an account or a law. */
import { createEntry, createNegativeEntry, isGreenlangError } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { type MemoryTier, memoryTier } from '../src/index.ts'

const codeOf = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return isGreenlangError(error) ? error.code : error
  }
  return 'nothing'
}

describe('what is no entry', () => {
  const clock = fakeClock()
  const whole = createEntry('value', { ttl: 100 }, { clock })
  it.each([
    ['no object', 'text'],
    ['no tags', { ...whole, tags: undefined }],
    ['no stamp', { ...whole, stamp: undefined }],
    ['a date that is no number', { ...whole, staleAt: 'soon' }],
    ['NaN for a date', { ...whole, expiresAt: Number.NaN }],
    ['stale after it has expired', { ...whole, staleAt: whole.expiresAt + 1 }],
    ['never stale but expiring', { ...whole, staleAt: Number.POSITIVE_INFINITY }],
    ['a value that says there is none', { ...whole, negative: true }],
  ])('%s: is refused, and nothing else suffers', async (_, entry) => {
    const tier = memoryTier<unknown>({ maxEntries: 2, eviction: 'fifo', clock })
    for (const key of ['a', 'b']) tier.put(key, key, '1h')
    expect(codeOf(() => tier.set('c', entry as never))).toBe('INVALID_ARGUMENT')
    expect(codeOf(() => tier.setMany(new Map([['a', entry as never]])))).toBe('INVALID_ARGUMENT')
    expect([...tier.keys()]).toEqual(['b'])
    for (const key of ['d', 'e']) tier.put(key, key, '1h')
    await clock.advance('3s')
    expect([...tier.keys()].sort()).toEqual(['d', 'e'])
    expect(tier.stats()).toMatchObject({ entries: 2 })
    tier.close()
  })
})

describe('a listener', () => {
  it('may close the tier in the middle of a batch: the rest is refused', async () => {
    const clock = fakeClock()
    const tier: MemoryTier<number> = memoryTier<number>({
      maxEntries: 2,
      clock,
      onRemoval: () => tier.close(),
    })
    const entry = createEntry(1, {}, { clock })
    tier.put('a', 0)
    const batch = new Map(['a', 'b', 'c'].map(key => [key, entry] as const))
    expect(codeOf(() => tier.setMany(batch))).toBe('CLOSED')
    await clock.advance(0)
    expect([tier.stats().entries, clock.waiting]).toEqual([0, 0])
  })

  it('cannot open a namespace that outlives its tier', () => {
    const tier: MemoryTier<number> = memoryTier<number>({
      maxEntries: 5,
      onRemoval: (key, value) => tier.namespace('graveyard').put(key, value ?? 0),
    })
    tier.put('a', 1)
    tier.close()
    expect(tier.stats().entries).toBe(0)
    expect(codeOf(() => tier.namespace('graveyard'))).toBe('CLOSED')
  })

  it('may close the tier during a sweep: no timer is left', async () => {
    const clock = fakeClock()
    const pressure = { gauge: () => 0.5 }
    const tier: MemoryTier<number> = memoryTier<number>({
      maxEntries: 5,
      clock,
      pressure,
      onRemoval: () => tier.close(),
    })
    tier.put('a', 1, 10)
    await clock.advance('5s')
    expect(clock.waiting).toBe(0)
  })

  it('may be asynchronous and fail, as may a gauge and a recorder: nobody hears of it', async () => {
    const clock = fakeClock()
    const fail = () => {
      throw new Error('a fault of the caller')
    }
    const tier = memoryTier<number>({
      maxEntries: 2,
      clock,
      pressure: { gauge: fail },
      latency: { record: fail, snapshot: () => ({ count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 }) },
      onRemoval: async () => fail(),
    })
    for (let key = 0; key < 5; key += 1) tier.put(`${key}`, key)
    await clock.advance('3s')
    for (let look = 0; look < 3_000; look += 1) tier.value('4')
    expect(tier.stats()).toMatchObject({ maxEntries: 2, hits: 3_000 })
    tier.close()
  })
})

describe('accounts', () => {
  it('weigh tags, and entries that are kept whole', () => {
    const tier = memoryTier<number>({ maxBytes: '1mb' })
    const weighs = (entry: ReturnType<typeof createEntry<number>>) => {
      tier.clear()
      tier.set('key', entry)
      return tier.stats().bytes ?? 0
    }
    const plain = weighs(createEntry(1))
    expect(weighs(createEntry(1, { tags: ['x'.repeat(10_000)] }))).toBeGreaterThan(plain + 10_000)
    expect(weighs(createEntry(1, { ttl: 60_000.5 }))).toBeGreaterThanOrEqual(plain + 200)
    expect(weighs(createEntry(1, { tags: ['x'.repeat(2_000_000)] }))).toBe(0)
    tier.put('huge', 1)
    expect(tier.stats()).toMatchObject({ refusals: 1, entries: 1 })
  })

  it('sample latency however often statistics are read', () => {
    const tier = memoryTier<number>({ maxEntries: 2 })
    tier.put('key', 1)
    for (let look = 1; look <= 10_240; look += 1) {
      tier.value('key')
      if (look % 100 === 0) tier.stats()
    }
    expect(tier.stats()).toMatchObject({ hits: 10_240, misses: 0, latency: { count: 10 } })
  })

  it('stay right when there are as many namespaces as there may be', () => {
    const tier = memoryTier<number>({ maxEntries: 10 })
    for (let name = 1; name < 2 ** 16; name += 1) tier.namespace(`${name}`)
    expect(codeOf(() => tier.namespace('one more'))).toBe('INVALID_ARGUMENT')
    tier.namespace('7').close()
    tier.namespace('one more').put('key', 1)
    tier.put('key', 2)
    expect([tier.namespace('one more').value('key'), tier.value('key')]).toEqual([1, 2])
  })
})

describe('lives', () => {
  it.each(['2.01s', '4.02s', '8.03s'] as const)('of %s are whole ms', ttl => {
    const tier = memoryTier<number>({ maxEntries: 2, ttl })
    expect(tier.put('key', 1)).toBe(true)
  })

  it('end where a bad value was to replace a good one', () => {
    const tier = memoryTier<unknown>({ maxEntries: 2 })
    for (const bad of [() => tier.put('key', undefined), () => tier.put('key', 1, -1)]) {
      tier.put('key', 'good')
      expect(codeOf(bad)).not.toBe('nothing')
      expect(tier.has('key')).toBe(false)
    }
  })

  it('of negative entries are kept through an invalidation', async () => {
    const clock = fakeClock()
    const tier = memoryTier<number | undefined>({ maxEntries: 2, clock })
    const negative = createNegativeEntry({ ttl: 100 }, { clock })
    tier.set('key', negative)
    tier.invalidateMany(['key'])
    expect(tier.get('key')).toEqual({ ...negative, invalidated: true })
    await clock.advance(100)
    expect(tier.get('key')).toBe(undefined)
  })
})
