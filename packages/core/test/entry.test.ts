import { describe, expect, it } from '@jest/globals'
import {
  type Clock,
  compareStamps,
  createEntry,
  createNegativeEntry,
  freshness,
  isGreenlangError,
  markInvalidated,
  noStamp,
  shortenLife,
  systemClock,
} from '../src/index.ts'

const clock: Clock = { now: () => 1_000, turn: () => 1_000, sleep: async () => {} }

const thrownBy = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

describe('createEntry', () => {
  it('turns ttl and grace into absolute dates', () => {
    expect(createEntry('value', { ttl: '1s', grace: 500, tags: ['a'] }, { clock })).toEqual({
      value: 'value',
      createdAt: 1_000,
      staleAt: 2_000,
      expiresAt: 2_500,
      tags: ['a'],
      stamp: noStamp,
      invalidated: false,
      negative: false,
    })
  })

  it('is fresh for five minutes, without grace, tags or stamp, unless told otherwise', () => {
    const entry = createEntry(null, {}, { clock })
    expect([entry.value, entry.staleAt, entry.expiresAt, entry.tags]).toEqual([null, 301_000, 301_000, []])
    const before = systemClock.now()
    expect(createEntry(1).createdAt >= before).toBe(true)
  })

  it('may last for ever', () => {
    const entry = createEntry(1, { ttl: Number.POSITIVE_INFINITY }, { clock })
    expect(freshness(entry, Number.MAX_SAFE_INTEGER)).toBe('fresh')
  })

  it('keeps tags of its own, whatever the caller does to the list', () => {
    const tags = ['a']
    const entry = createEntry(1, { tags })
    tags.push('b')
    expect(entry.tags).toEqual(['a'])
  })

  it('takes the stamp it is given', () => {
    const stamp = { history: 'h', sequence: 7 }
    expect(createEntry(1, {}, { stamp }).stamp).toBe(stamp)
  })

  it('refuses undefined, which is no value', () => {
    expect(
      isGreenlangError(
        thrownBy(() => createEntry(undefined)),
        'INVALID_ARGUMENT',
      ),
    ).toBe(true)
  })

  it.each([
    [{ ttl: 0 }, 'option ttl'],
    [{ ttl: -1 }, 'option ttl'],
    [{ ttl: '5 minutes' }, 'option ttl'],
    [{ ttl: null }, 'option ttl'],
    [{ grace: -1 }, 'option grace'],
    [{ grace: Number.NaN }, 'option grace'],
    [{ tags: [''] }, 'option tags'],
    [{ tags: [7] }, 'option tags'],
    [{ tags: 'user' }, 'option tags'],
    [{ tags: null }, 'option tags'],
  ])('refuses %p', (options, message) => {
    const thrown = thrownBy(() => createEntry(1, options as never))
    expect(isGreenlangError(thrown, 'INVALID_OPTION')).toBe(true)
    expect((thrown as Error).message).toContain(message)
  })
})

describe('createNegativeEntry', () => {
  it('says that there is nothing, for its ttl and no longer', () => {
    const entry = createNegativeEntry({ ttl: '1s', tags: ['a'] }, { clock })
    expect(Object.hasOwn(entry, 'value')).toBe(true)
    expect(entry).toEqual({
      value: undefined,
      createdAt: 1_000,
      staleAt: 2_000,
      expiresAt: 2_000,
      tags: ['a'],
      stamp: noStamp,
      invalidated: false,
      negative: true,
    })
    expect([1_999, 2_000].map(now => freshness(entry, now))).toEqual(['fresh', 'expired'])
  })

  it('lives five minutes without tags unless told otherwise, and takes the stamp it is given', () => {
    const stamp = { history: 'h', sequence: 7 }
    const entry = createNegativeEntry({}, { clock, stamp })
    expect([entry.expiresAt, entry.tags, entry.stamp]).toEqual([301_000, [], stamp])
    const before = systemClock.now()
    expect(createNegativeEntry().createdAt >= before).toBe(true)
  })

  it('has no grace, whatever it is given', () => {
    const entry = createNegativeEntry({ ttl: '1s', grace: '1h' } as never, { clock })
    expect([entry.staleAt, entry.expiresAt]).toEqual([2_000, 2_000])
  })

  it.each([[{ ttl: 0 }], [{ ttl: '5 minutes' }], [{ tags: [''] }], [{ tags: 'user' }]])(
    'refuses %p',
    options => {
      const thrown = thrownBy(() => createNegativeEntry(options as never))
      expect(isGreenlangError(thrown, 'INVALID_OPTION')).toBe(true)
    },
  )

  it('stays negative, and checked when it was, when its life is cut or it is marked', () => {
    const entry = { ...createNegativeEntry({ ttl: 100 }, { clock }), checkedAt: 990 }
    expect(shortenLife(entry, 20, 1_000)).toEqual({ ...entry, staleAt: 1_020, expiresAt: 1_020 })
    expect(markInvalidated(entry)).toEqual({ ...entry, invalidated: true })
  })
})

describe('freshness', () => {
  const entry = createEntry(1, { ttl: 100, grace: 50 }, { clock })

  it.each([
    [1_000, 'fresh'],
    [1_099.999, 'fresh'],
    [1_100, 'stale'],
    [1_149.999, 'stale'],
    [1_150, 'expired'],
    [Number.POSITIVE_INFINITY, 'expired'],
  ] as const)('at %p is %p', (now, expected) => {
    expect(freshness(entry, now)).toBe(expected)
  })

  it('is at best stale once invalidated, and expires all the same', () => {
    const marked = markInvalidated(entry)
    expect([1_000, 1_149, 1_150].map(now => freshness(marked, now))).toEqual(['stale', 'stale', 'expired'])
  })

  it('passes from fresh to expired without grace', () => {
    const bare = createEntry(1, { ttl: 100 }, { clock })
    expect([1_099, 1_100].map(now => freshness(bare, now))).toEqual(['fresh', 'expired'])
  })
})

describe('shortenLife', () => {
  const entry = createEntry(1, { ttl: 100, grace: 50 }, { clock })

  it('changes nothing that ends in time', () => {
    expect(shortenLife(entry, 150, 1_000)).toBe(entry)
    expect(shortenLife(entry, Number.POSITIVE_INFINITY, 1_000)).toBe(entry)
  })

  it('cuts grace first, then freshness, and lengthens nothing', () => {
    expect(shortenLife(entry, 149, 1_000)).toEqual({ ...entry, expiresAt: 1_149 })
    expect(shortenLife(entry, 20, 1_000)).toEqual({ ...entry, staleAt: 1_020, expiresAt: 1_020 })
    expect(shortenLife(entry, 60, 1_060)).toEqual({ ...entry, expiresAt: 1_120 })
  })
})

describe('markInvalidated', () => {
  it('marks a copy, and a marked one not again', () => {
    const entry = createEntry(1)
    const marked = markInvalidated(entry)
    expect([entry.invalidated, marked.invalidated]).toEqual([false, true])
    expect(markInvalidated(marked)).toBe(marked)
  })
})

describe('compareStamps', () => {
  const at = (sequence: number, history = 'a') => ({ history, sequence })

  it('orders stamps of one history and no others', () => {
    expect(Math.sign(compareStamps(at(1), at(2)) ?? 0)).toBe(-1)
    expect(compareStamps(at(2), at(2))).toBe(0)
    expect(Math.sign(compareStamps(at(3), at(2)) ?? 0)).toBe(1)
    expect(compareStamps(at(1), at(1, 'b'))).toBe(undefined)
    expect(compareStamps(noStamp, at(0))).toBe(undefined)
  })
})
