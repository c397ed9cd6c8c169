import { describe, expect, it } from '@jest/globals'
import { createPendingSet } from '../../src/coherence/pending.ts'
import type { Invalidation } from '../../src/index.ts'

const user = { key: 'user:1', tags: ['users', 'vip'] }
const naming: readonly [string, Invalidation][] = [
  ['its key', { mode: 'delete', keys: ['user:0', 'user:1'] }],
  ['its tag', { mode: 'invalidate', tags: ['posts', 'vip'] }],
  ['a pattern', { mode: 'delete', pattern: 'user:*' }],
  ['everything', { mode: 'invalidate', all: true }],
]

describe('createPendingSet', () => {
  it.each(naming)('covers what is named by %s until it ends', (_, invalidation) => {
    const set = createPendingSet()
    const pending = set.begin(invalidation, 1_000)
    expect(pending).toEqual({ invalidation, since: 1_000 })
    expect(set.covers(user)).toBe(true)
    expect(set.against(user, 999)).toBe(pending)
    set.end(pending)
    set.end(pending)
    expect([set.covers(user), set.against(user, undefined)]).toEqual([false, undefined])
  })

  it.each<[string, Invalidation]>([
    ['other keys, its tags among them', { mode: 'delete', keys: ['users', 'user:10'] }],
    ['other tags, its key among them', { mode: 'delete', tags: ['user:1'] }],
    ['another pattern', { mode: 'delete', pattern: 'post:*' }],
  ])('does not cover what is not named: %s', (_, invalidation) => {
    const set = createPendingSet()
    set.begin(invalidation, 1_000)
    expect([set.covers(user), set.against(user, undefined)]).toEqual([false, undefined])
  })

  it.each(naming)('is against copies of before it began, not of after: %s', (_, invalidation) => {
    const set = createPendingSet()
    const pending = set.begin(invalidation, 1_000)
    expect([999, 1_000, 1_000.125].map(checkedAt => set.against(user, checkedAt))).toEqual([
      pending,
      pending,
      undefined,
    ])
    expect(set.against(user, undefined)).toBe(pending)
    expect(set.covers(user)).toBe(true)
  })

  it.each(naming)('holds two of the same apart: %s', (_, invalidation) => {
    const set = createPendingSet()
    const [first, second] = [set.begin(invalidation, 1_000), set.begin(invalidation, 2_000)]
    set.end(first)
    expect(set.against(user, 1_500)).toBe(second)
    set.end(second)
    expect(set.covers(user)).toBe(false)
  })

  it('finds the one that is late enough among those that name an entry', () => {
    const set = createPendingSet()
    set.begin({ mode: 'delete', keys: ['user:1'] }, 1_000)
    set.begin({ mode: 'delete', tags: ['vip'] }, 2_000)
    const last = set.begin({ mode: 'delete', pattern: '*' }, 3_000)
    expect(set.against(user, 2_500)).toBe(last)
    expect(set.against(user, 3_500)).toBe(undefined)
  })

  it.each(['__proto__', 'constructor', ''])('takes %p for a key and a tag like any', name => {
    const set = createPendingSet()
    expect(set.covers({ key: name, tags: [name] })).toBe(false)
    const pending = set.begin({ mode: 'delete', keys: [name, name] }, 1_000)
    expect([set.covers({ key: name, tags: [] }), set.covers({ key: 'other', tags: [name] })]).toEqual([
      true,
      false,
    ])
    set.end(pending)
    expect(set.covers({ key: name, tags: [name] })).toBe(false)
  })
})
