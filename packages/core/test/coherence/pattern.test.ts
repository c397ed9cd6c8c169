import { describe, expect, it } from '@jest/globals'
import { matchesPattern } from '../../src/coherence/index.ts'
import { systemClock } from '../../src/index.ts'
import { randomIntegers, seed } from '../support/seeded.ts'

describe('matchesPattern', () => {
  it.each([
    ['', ''],
    ['*', ''],
    ['*', 'anything: at all\n'],
    ['**', 'a'],
    ['user:*', 'user:'],
    ['user:*:name', 'user:1:2:name'],
    ['*:name', 'name:name'],
    ['a?c', 'abc'],
    ['?*', 'a'],
    ['*?', 'a'],
    ['a*b*c', 'a-b-b-c'],
    ['[a-c]', '[a-c]'],
    ['a.c', 'a.c'],
    ['ключ:*', 'ключ:1'],
  ])('has %j stand for %j', (pattern, key) => {
    expect(matchesPattern(pattern, key)).toBe(true)
  })

  it.each([
    ['', 'a'],
    ['a', ''],
    ['?', ''],
    ['user:*', 'user'],
    ['user:*', 'a user:1'],
    ['user:?', 'user:10'],
    ['*:name', 'user:1:names'],
    ['a*b', 'a-c'],
    ['a.c', 'abc'],
    ['A', 'a'],
    ['[a-c]', 'a'],
  ])('does not have %j stand for %j', (pattern, key) => {
    expect(matchesPattern(pattern, key)).toBe(false)
  })

  it.each([
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\*', '\\', false],
    ['\\?', '?', true],
    ['\\?', 'a', false],
    ['\\\\', '\\', true],
    ['\\\\*', '\\rest', true],
    ['\\\\*', '*', false],
    ['\\a', 'a', true],
    ['*\\*', 'many*', true],
    ['*\\*', 'many', false],
    ['a\\', 'a', false],
  ])('takes what follows a backslash literally: %j for %j', (pattern, key, expected) => {
    expect(matchesPattern(pattern, key)).toBe(expected)
  })

  it(`agrees with a regular expression (SEED=${seed})`, () => {
    const random = randomIntegers()
    const text = (alphabet: readonly string[], longest: number) =>
      Array.from({ length: random(longest + 1) }, () => alphabet[random(alphabet.length)]).join('')
    const signs = Object.keys(oracleOf)
    const wrong: unknown[] = []
    let matches = 0
    for (let round = 0; round < 50_000; round += 1) {
      const parts = Array.from({ length: random(9) }, () => signs[random(signs.length)] ?? '')
      const pattern = parts.join('')
      const oracle = new RegExp(`^${parts.map(part => oracleOf[part]).join('')}$`, 's')
      const key = text(['a', 'b', '*', '?', '\\', '.'], 9)
      const matched = matchesPattern(pattern, key)
      if (matched !== oracle.test(key)) wrong.push({ round, pattern, key, matched })
      if (matched) matches += 1
    }
    expect(wrong).toEqual([])
    expect(matches).toBeGreaterThan(500)
  })

  it('is not stalled by many stars over a long key that almost fits', () => {
    const begun = systemClock.now()
    expect(matchesPattern(`${'*a'.repeat(200)}*b`, 'a'.repeat(100_000))).toBe(false)
    expect(matchesPattern(`${'*'.repeat(1_000)}b`, 'a'.repeat(10_000))).toBe(false)
    // A matcher that tried every way to share out the stars would never end.
    expect(systemClock.now() - begun).toBeLessThan(5_000)
  })
})

/** Each sign of a pattern, as a regular expression has it. */
const oracleOf: Readonly<Record<string, string>> = {
  '*': '.*',
  '?': '.',
  a: 'a',
  b: 'b',
  '.': '\\.',
  '\\*': '\\*',
  '\\?': '\\?',
  '\\\\': '\\\\',
  '\\a': 'a',
}
