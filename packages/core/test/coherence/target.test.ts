import { describe, expect, it } from '@jest/globals'
import { names } from '../../src/coherence/target.ts'

const named = { key: 'user:1', tags: ['users', 'vip'] }

describe('names', () => {
  it.each([
    ['its key among others', { keys: ['user:2', 'user:1'] }],
    ['one of its tags among others', { tags: ['posts', 'vip'] }],
    ['a pattern that its key fits', { pattern: 'user:*' }],
    ['everything', { all: true }],
  ] as const)('says yes to %s', (_, target) => {
    expect(names(target, named)).toBe(true)
  })

  it.each([
    ['other keys, its tags among them', { keys: ['user:10', 'users'] }],
    ['other tags, its key among them', { tags: ['user', 'user:1'] }],
    ['a pattern that only its tag fits', { pattern: 'users' }],
    ['no key', { keys: [] }],
    ['no tag', { tags: [] }],
  ] as const)('says no to %s', (_, target) => {
    expect(names(target, named)).toBe(false)
  })

  it('names an entry without tags by no tag', () => {
    expect(names({ tags: ['users'] }, { ...named, tags: [] })).toBe(false)
  })
})
