import { describe, expect, it } from '@jest/globals'
import type { InvalidationMode, Rule, RuleTarget } from '../../src/bus.ts'
import { createRuleList } from '../../src/coherence/index.ts'
import { noStamp } from '../../src/index.ts'

const at = (sequence: number, history = 'h') => ({ history, sequence })
const everything: RuleTarget = { all: true }
const rule = (sequence: number, target: string | RuleTarget, mode: InvalidationMode = 'delete'): Rule => ({
  stamp: at(sequence),
  mode,
  target: typeof target === 'string' ? { pattern: target } : target,
})

function listOf(rules: readonly Rule[], maxRules?: number) {
  const list = createRuleList(maxRules)
  for (const each of rules) list.add(each)
  return list
}

describe('createRuleList', () => {
  it('holds rules oldest first, and tells those newer than a stamp', () => {
    const rules = [rule(1, 'a:*'), rule(2, 'b:*', 'invalidate'), rule(3, 'c:*')]
    const list = listOf(rules)
    expect(list.newerThan(noStamp)).toEqual(rules)
    expect(list.newerThan(at(1))).toEqual(rules.slice(1))
    expect(list.newerThan(at(3))).toEqual([])
    expect(list.newerThan(at(9, 'another'))).toEqual(rules)
  })

  it.each([
    ['the same pattern', [rule(1, 'a:*'), rule(2, 'a:*')], [2]],
    ['a clear', [rule(1, 'a:*'), rule(2, everything, 'invalidate'), rule(3, everything)], [3]],
    ['no other pattern', [rule(1, 'a:*'), rule(2, 'a:b:*')], [1, 2]],
    ['no clear by a pattern', [rule(1, everything), rule(2, 'a:*')], [1, 2]],
    ['no delete by an invalidation', [rule(1, 'a:*'), rule(2, 'a:*', 'invalidate')], [1, 2]],
    [
      'no delete by a clear that only invalidates',
      [rule(1, 'a:*'), rule(2, everything, 'invalidate')],
      [1, 2],
    ],
    ['an invalidation by a delete', [rule(1, 'a:*', 'invalidate'), rule(2, 'a:*')], [2]],
  ])('drops what a newer rule says again: %s', (_, rules, kept) => {
    expect(
      listOf(rules)
        .newerThan(noStamp)
        .map(({ stamp }) => stamp.sequence),
    ).toEqual(kept)
  })

  it.each([
    ['the same pattern', [rule(2, 'a:*'), rule(1, 'a:*')]],
    ['a pattern after a clear', [rule(2, everything), rule(1, 'a:*')]],
    ['an invalidation after a delete', [rule(2, 'a:*'), rule(1, 'a:*', 'invalidate')]],
  ])('does not add what a newer rule that came first says already: %s', (_, rules) => {
    expect(listOf(rules).newerThan(noStamp)).toEqual(rules.slice(0, 1))
  })

  it.each([
    ['delete', [rule(1, 'a:*', 'invalidate'), rule(2, 'b:*'), rule(3, 'c:*', 'invalidate')]],
    ['invalidate', [1, 2, 3].map(each => rule(each, `${each}:*`, 'invalidate'))],
  ] as const)('becomes one rule for everything when it is full, to %s', (mode, rules) => {
    expect(listOf(rules, 2).newerThan(noStamp)).toEqual([rule(3, everything, mode)])
  })

  it('takes the highest stamp of those it merges, in whatever order they came', () => {
    const rules = [rule(7, 'a:*'), rule(9, 'b:*'), rule(3, 'c:*')]
    expect(listOf(rules, 2).newerThan(noStamp)).toEqual([rule(9, everything)])
    expect(listOf([...rules, rule(4, 'd:*')], 2).newerThan(at(8))).toEqual([rule(9, everything)])
  })

  it.each([
    ['the same pattern', 'a:*'],
    ['a clear', everything],
  ])('lets no rule of another history cover: %s', (_, target) => {
    const [older, newer] = [rule(1, 'a:*'), { ...rule(9, target), stamp: at(9, 'another') }]
    for (const rules of [
      [older, newer],
      [newer, older],
    ])
      expect(listOf(rules).newerThan(noStamp)).toEqual(rules)
  })

  it('holds 64 rules unless told otherwise', () => {
    const rules = Array.from({ length: 64 }, (_, index) => rule(index + 1, `${index}:*`))
    expect(listOf(rules).newerThan(noStamp)).toEqual(rules)
    expect(listOf([...rules, rule(65, '64:*')]).newerThan(noStamp)).toEqual([rule(65, everything)])
  })

  it('forgets what was retired, says up to where, and never falls back', () => {
    const list = listOf([rule(1, 'a:*'), rule(2, 'b:*'), rule(3, 'c:*')])
    expect(list.retired).toBe(0)
    list.retire(rule(2, 'b:*'))
    list.retire(rule(1, 'a:*'))
    expect([list.newerThan(noStamp), list.retired]).toEqual([[rule(3, 'c:*')], 2])
  })

  it.each([
    ['an earlier one', rule(0, 'a:*')],
    ['a later one', rule(2, 'a:*')],
    ['one of another history', { ...rule(1, 'a:*'), stamp: at(1, 'another') }],
    ['another pattern', rule(1, 'a:b:*')],
    ['everything', rule(1, everything)],
  ])('does not mind a rule that it does not have: %s', (_, stranger) => {
    const list = listOf([rule(1, 'a:*')])
    list.retire(stranger)
    expect([list.newerThan(noStamp), list.retired]).toEqual([[rule(1, 'a:*')], 0])
  })

  it('forgets a rule once, however often it is retired', () => {
    const list = listOf([rule(1, everything)])
    for (let time = 0; time < 2; time += 1) list.retire(rule(1, everything))
    expect([list.newerThan(noStamp), list.retired]).toEqual([[], 1])
  })

  it('keeps the one that stands for many when the newest of those is retired', () => {
    const list = listOf([rule(1, 'a:*'), rule(2, 'b:*'), rule(3, 'c:*')], 2)
    for (const pattern of ['a:*', 'b:*', 'c:*']) list.retire(rule(3, pattern))
    expect([list.newerThan(noStamp), list.retired]).toEqual([[rule(3, everything)], 0])
    list.retire(rule(3, everything))
    expect([list.newerThan(noStamp), list.retired]).toEqual([[], 3])
  })
})
