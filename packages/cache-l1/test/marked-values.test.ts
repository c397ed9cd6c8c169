/** Values that an owner has marked: the shortest way of a cache to a hit. */
import { createEntry } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { memoryTier } from '../src/index.ts'

const forever = Number.POSITIVE_INFINITY

function marked(options: object = {}) {
  const clock = fakeClock()
  const tier = memoryTier({ maxEntries: 3, clock, ...options })
  const set = (key: string, value: unknown, ttl = 1_000) =>
    tier.set(key, createEntry(value, { ttl, grace: 1_000, tags: ['t'] }, { clock }))
  if (tier.marked === undefined) throw new Error('it marks nothing')
  return { clock, tier, set, marks: tier.marked }
}

describe('a marked value', () => {
  it('is there under its mark only', () => {
    const { set, marks, tier } = marked()
    set('key', 'value')
    expect(marks.valueMarked('key', 7, forever)).toBeUndefined()
    marks.mark('key', 7)
    marks.mark('absent', 7)
    expect(marks.valueMarked('key', 7, forever)).toBe('value')
    expect(marks.valueMarked('key', 8, forever)).toBeUndefined()
    expect(marks.valueMarked('absent', 7, forever)).toBeUndefined()
    expect(tier.stats().hits).toBe(1)
  })

  it('is gone when its time is over, or that of its owner', async () => {
    const { set, marks, clock } = marked()
    set('key', 'value')
    marks.mark('key', 7)
    expect(marks.valueMarked('key', 7, clock.now())).toBeUndefined()
    expect(marks.valueMarked('key', 7, clock.now() + 1)).toBe('value')
    await clock.advance(1_000)
    expect(marks.valueMarked('key', 7, forever)).toBeUndefined()
  })

  it('loses its mark with whatever changes it', () => {
    const { set, marks, tier } = marked()
    const changes: Readonly<Record<string, () => void>> = {
      'another value': () => set('key', 'new'),
      'the same value again': () => set('key', 'value'),
      put: () => tier.put('key', 'new', 1_000),
      'an invalidation': () => tier.invalidateMany(['key']),
      'a delete and a set': () => {
        tier.deleteMany(['key'])
        set('key', 'new')
      },
      'a clear and a set': () => {
        tier.clear()
        set('key', 'new')
      },
      'an eviction and a set': () => {
        for (const other of ['a', 'b', 'c', 'd', 'e', 'f']) set(other, 1)
        set('key', 'new')
      },
    }
    for (const [what, change] of Object.entries(changes)) {
      set('key', 'value')
      marks.mark('key', 7)
      expect([what, marks.valueMarked('key', 7, forever)]).toEqual([what, 'value'])
      change()
      expect([what, marks.valueMarked('key', 7, forever)]).toEqual([what, undefined])
    }
  })

  it('does not pass its mark on to who takes its place', () => {
    const { set, marks } = marked({ eviction: 'fifo' })
    for (const key of ['a', 'b', 'c']) {
      set(key, key)
      marks.mark(key, 7)
    }
    for (const key of ['d', 'e', 'f']) set(key, key)
    for (const key of ['d', 'e', 'f']) expect(marks.valueMarked(key, 7, forever)).toBeUndefined()
  })

  it('counts as used', () => {
    const { set, marks, tier } = marked({ eviction: 'lru' })
    for (const key of ['a', 'b', 'c']) set(key, key)
    marks.mark('a', 7)
    marks.valueMarked('a', 7, forever)
    set('d', 'd')
    expect([...tier.keys()].sort()).toEqual(['a', 'c', 'd'])
  })

  it('is a copy where readers are given copies', () => {
    const { set, marks } = marked({ clone: true })
    set('key', { list: [1] })
    marks.mark('key', 7)
    const [one, two] = [marks.valueMarked('key', 7, forever), marks.valueMarked('key', 7, forever)]
    expect(one).toEqual({ list: [1] })
    expect(one).not.toBe(two)
  })
})
