import { describe, expect, it } from '@jest/globals'
import { recordGuards } from '../../src/coherence/index.ts'
import { createLedger, type Ledger, type Subject, verdictOfRecord } from '../../src/coherence/ledger.ts'
import { type Invalidation, noStamp, type Rule, type Rules, type TagMark } from '../../src/index.ts'

const at = (sequence: number, history = 'h') => ({ history, sequence })
/** An answer that came at 1000, by a process that is as far as this. */
const applied = (sequence: number, history = 'h', now = 1_000) => ({ applied: at(sequence, history), now })
const frame = (sequence: number, invalidation: Invalidation, history = 'h') => ({
  stamp: at(sequence, history),
  invalidation,
})
const subject = (sequence: number, rest: Partial<Subject> = {}, history = 'h'): Subject => ({
  key: 'user:1',
  scope: 'shared',
  ...rest,
  entry: { tags: ['vip'], ...rest.entry, stamp: at(sequence, history) },
})
const tagged = (sequence: number, ...tags: string[]): Subject =>
  subject(sequence, { entry: { tags, stamp: noStamp } })
const rules = (rest: Partial<Rules> = {}): Rules => ({
  known: at(20),
  floor: 0,
  tags: new Map(),
  rules: [],
  retired: 0,
  ...rest,
})
const rule = (sequence: number, pattern?: string): Rule => ({
  stamp: at(sequence),
  mode: 'invalidate',
  target: pattern === undefined ? { all: true } : { pattern },
})
const marks = (marked: Record<string, TagMark>) => new Map(Object.entries(marked))
const deleted = { kind: 'invalid', mode: 'delete' }
const invalidated = { kind: 'invalid', mode: 'invalidate' }
const valid = { kind: 'valid' }
const unknown = { kind: 'unknown' }

/** Listens since `base`, in history h. */
function ledgerFrom(base: number, maxTags = 10): Ledger {
  const ledger = createLedger(maxTags, recordGuards)
  ledger.reset(at(base))
  return ledger
}

describe('the verdict of a ledger', () => {
  it('is valid for what nothing was said against', () => {
    const ledger = ledgerFrom(0)
    expect([ledger.verdict(subject(0)), ledger.verdict(tagged(0))]).toEqual([valid, valid])
  })

  it.each<[string, Invalidation]>([
    ['a tag', { mode: 'delete', tags: ['posts', 'vip'] }],
    ['a pattern', { mode: 'delete', pattern: 'user:*' }],
    ['a clear', { mode: 'delete', all: true }],
  ])('is invalid for what is older than %s that names it', (_, invalidation) => {
    const ledger = ledgerFrom(0)
    ledger.apply(frame(7, invalidation))
    expect([6, 7, 8].map(sequence => ledger.verdict(subject(sequence)))).toEqual([deleted, valid, valid])
    expect(ledger.verdict(subject(6, { scope: 'process' }))).toEqual(deleted)
  })

  it.each<[string, Invalidation]>([
    ['another tag', { mode: 'delete', tags: ['user:1'] }],
    ['another pattern', { mode: 'delete', pattern: 'post:*' }],
    ['keys, which tiers drop themselves', { mode: 'delete', keys: ['user:1'] }],
  ])('does not mind %s', (_, invalidation) => {
    const ledger = ledgerFrom(0)
    ledger.apply(frame(7, invalidation))
    expect(ledger.verdict(subject(3))).toEqual(valid)
  })

  it.each<[string, Invalidation]>([
    ['tags', { mode: 'delete', tags: ['vip'] }],
    ['patterns', { mode: 'delete', pattern: 'user:*' }],
    ['clears', { mode: 'delete', all: true }],
  ])('does not depend on the order in which frames come: %s', (_, invalidation) => {
    const ledger = ledgerFrom(0)
    for (const sequence of [9, 8]) ledger.apply(frame(sequence, invalidation))
    expect([8, 9].map(sequence => ledger.verdict(subject(sequence)))).toEqual([deleted, valid])
  })

  it('tells whether it was deleted or only invalidated', () => {
    const ledger = ledgerFrom(0)
    ledger.apply(frame(1, { mode: 'invalidate', tags: ['a'] }))
    ledger.apply(frame(2, { mode: 'invalidate', pattern: 'post:*' }))
    expect(ledger.verdict(tagged(0, 'a'))).toEqual(invalidated)
    expect(ledger.verdict({ ...tagged(0), key: 'post:1' })).toEqual(invalidated)
    ledger.apply(frame(3, { mode: 'delete', tags: ['a'] }))
    expect(ledger.verdict(tagged(2, 'a'))).toEqual(deleted)
  })

  it.each<[string, Invalidation, Invalidation]>([
    ['two rules', { mode: 'delete', pattern: 'user:*' }, { mode: 'invalidate', all: true }],
    ['a tag and a rule', { mode: 'delete', tags: ['vip'] }, { mode: 'invalidate', pattern: 'user:*' }],
    ['two tags', { mode: 'delete', tags: ['vip'] }, { mode: 'invalidate', tags: ['staff'] }],
  ])('has the stronger mode of %s, whichever came last', (_, strong, weak) => {
    for (const both of [
      [strong, weak],
      [weak, strong],
    ]) {
      const ledger = ledgerFrom(0)
      for (const [index, invalidation] of both.entries()) ledger.apply(frame(index + 1, invalidation))
      expect(ledger.verdict(tagged(0, 'vip', 'staff'))).toEqual(deleted)
    }
  })

  it('is unknown for another history, whatever was heard', () => {
    const ledger = ledgerFrom(0)
    ledger.apply(frame(7, { mode: 'delete', all: true }))
    expect(ledger.verdict(subject(99, {}, 'another'))).toEqual(unknown)
    expect(ledger.verdict(subject(3, {}, noStamp.history))).toEqual(unknown)
  })

  it('hears no frame of another history', () => {
    const ledger = ledgerFrom(0)
    ledger.apply(frame(7, { mode: 'delete', all: true }, 'another'))
    ledger.apply(frame(8, { mode: 'delete', tags: ['vip'] }, 'another'))
    expect(ledger.verdict(subject(3))).toEqual(valid)
  })

  it.each(['shared', 'process'] as const)(
    'is unknown for what is older than it listens, tagged or not, in a %s tier',
    scope => {
      const ledger = ledgerFrom(5)
      const untagged = { scope, entry: { tags: [], stamp: noStamp } }
      for (const rest of [{ scope }, untagged])
        expect([4, 5].map(sequence => ledger.verdict(subject(sequence, rest)))).toEqual([unknown, valid])
    },
  )

  it('knows of an invalidation although it does not know all', () => {
    const ledger = ledgerFrom(5)
    ledger.apply(frame(6, { mode: 'delete', tags: ['vip'] }))
    expect(ledger.verdict(subject(4))).toEqual(deleted)
    expect(ledger.verdict(tagged(4, 'unheard', 'vip'))).toEqual(deleted)
    ledger.apply(frame(7, { mode: 'invalidate', pattern: 'user:*' }))
    expect(ledger.verdict(tagged(4))).toEqual(invalidated)
  })

  it('is unknown for a tag that it had no room for, if the floor is newer', () => {
    const ledger = ledgerFrom(0, 2)
    for (const [index, tag] of ['a', 'b', 'c'].entries())
      ledger.apply(frame(index + 1, { mode: 'delete', tags: [tag] }))
    expect([ledger.verdict(tagged(0, 'a')), ledger.verdict(tagged(1, 'a'))]).toEqual([unknown, valid])
    expect(ledger.verdict(tagged(0, 'never'))).toEqual(unknown)
    expect(ledger.verdict(tagged(2, 'c'))).toEqual(deleted)
    expect(ledger.verdict(tagged(0))).toEqual(valid)
  })

  it('forgets everything as it is reset', () => {
    const ledger = ledgerFrom(0)
    ledger.apply(frame(1, { mode: 'delete', tags: ['vip'] }))
    ledger.apply(frame(2, { mode: 'delete', all: true }))
    ledger.reset(at(3, 'next'))
    expect([2, 3].map(sequence => ledger.verdict(subject(sequence, {}, 'next')))).toEqual([unknown, valid])
    expect(ledger.verdict(subject(9))).toEqual(unknown)
  })
})

describe('what a ledger learns of the record', () => {
  it('settles the tags that were asked for, and no other', () => {
    const ledger = ledgerFrom(10)
    const tags = marks({ a: { sequence: 7, mode: 'invalidate' } })
    ledger.learn(rules({ floor: 3, tags }), ['a', 'b'], applied(20))
    expect([6, 7].map(each => ledger.verdict(tagged(each, 'a')))).toEqual([invalidated, valid])
    // The record does not hold b: it counts as its floor.
    expect([2, 3].map(each => ledger.verdict(tagged(each, 'b')))).toEqual([deleted, valid])
    expect(ledger.verdict(tagged(7, 'a', 'c'))).toEqual(unknown)
  })

  it('lowers no mark that it holds itself', () => {
    const ledger = ledgerFrom(10)
    ledger.apply(frame(20, { mode: 'invalidate', tags: ['a', 'b'] }))
    const tags = marks({ a: { sequence: 7, mode: 'invalidate' } })
    ledger.learn(rules({ tags }), ['a', 'b'], applied(20))
    expect(ledger.verdict(tagged(19, 'a'))).toEqual(invalidated)
    expect(ledger.verdict(tagged(19, 'b'))).toMatchObject({ kind: 'invalid' })
  })

  it('takes in rules of before it listened', () => {
    const ledger = ledgerFrom(10)
    ledger.learn(rules({ rules: [rule(4, 'user:*')] }), [], applied(20))
    expect([3, 4].map(each => ledger.verdict(tagged(each)))).toEqual([invalidated, valid])
    expect(ledger.verdict({ ...tagged(3), key: 'post:1' })).toEqual(valid)
  })

  it('knows the rules of before it listened that were not retired', () => {
    const ledger = ledgerFrom(10)
    const both = (sequence: number) =>
      (['shared', 'process'] as const).map(scope => ledger.verdict({ ...tagged(sequence), scope }))
    expect(both(5)).toEqual([unknown, unknown])
    ledger.learn(rules({ retired: 6 }), [], applied(20))
    expect([both(5), both(6)]).toEqual([
      [unknown, unknown],
      [valid, valid],
    ])
    // It heard the later ones itself, so that their end hides nothing.
    ledger.learn(rules({ retired: 8 }), [], applied(20))
    expect(both(6)).toEqual([valid, valid])
  })

  it('counts what a shared tier was asked for since as swept of retired rules, and no private copy', () => {
    const ledger = ledgerFrom(10)
    ledger.learn(rules({ retired: 6 }), [], applied(20))
    const asked = (askedAt: number, scope: Subject['scope'] = 'shared') =>
      ledger.verdict({ ...tagged(5), scope, askedAt })
    expect([999, 1_000, 1_001].map(askedAt => asked(askedAt))).toEqual([unknown, valid, valid])
    expect([1_000, 9_000].map(askedAt => asked(askedAt, 'process'))).toEqual([unknown, unknown])
  })

  it('keeps the earliest moment since which all was swept, until it is reset', () => {
    const ledger = ledgerFrom(10)
    for (const now of [1_000, 2_000]) ledger.learn(rules({ retired: 6 }), [], applied(20, 'h', now))
    const asked = () => ledger.verdict({ ...tagged(5), askedAt: 1_500 })
    expect(asked()).toEqual(valid)
    ledger.reset(at(10))
    expect(asked()).toEqual(unknown)
  })

  it('finds rules that still stand in what was asked for since', () => {
    const ledger = ledgerFrom(10)
    ledger.learn(rules({ retired: 2, rules: [rule(6, 'user:*')] }), [], applied(20))
    expect(ledger.verdict({ ...tagged(5), askedAt: 2_000 })).toEqual(invalidated)
  })

  it('does not take what was retired since it listens for unknown', () => {
    const ledger = ledgerFrom(10)
    ledger.learn(rules({ retired: 15 }), [], applied(20))
    const verdicts = [9, 10].map(each => ledger.verdict({ ...tagged(each), scope: 'process' }))
    expect(verdicts).toEqual([unknown, valid])
  })

  it.each<[string, Rules, number, string]>([
    ['an old reply', rules({ known: at(19) }), 20, 'h'],
    ['another history', rules({ known: at(20, 'next') }), 20, 'h'],
    ['a history it is not in yet', rules(), 20, 'next'],
  ])('is nothing by %s', (_, reply, sequence, history) => {
    const ledger = ledgerFrom(10)
    ledger.learn({ ...reply, rules: [rule(4)] }, ['vip'], applied(sequence, history))
    expect([3, 9].map(each => ledger.verdict(subject(each)))).toEqual([unknown, unknown])
  })

  it('is what a reply says that is as far as this process, or further', () => {
    for (const known of [20, 25]) {
      const ledger = ledgerFrom(10)
      ledger.learn(rules({ known: at(known) }), ['vip'], applied(20))
      expect(ledger.verdict(subject(3))).toEqual(valid)
    }
  })
})

describe('verdictOfRecord', () => {
  const verdict = (reply: Partial<Rules>, of: Subject) => verdictOfRecord(rules(reply), of, recordGuards)

  it('is valid for what nothing was said against', () => {
    expect(verdict({}, subject(20))).toEqual(valid)
    expect(verdict({}, subject(0, { scope: 'process' }))).toEqual(valid)
  })

  it('is against what is of another history', () => {
    expect(verdict({}, subject(20, {}, 'another'))).toEqual(invalidated)
    expect(verdict({}, subject(0, {}, noStamp.history))).toEqual(invalidated)
  })

  it('is against what is further than the record, which has lost writes', () => {
    expect([20, 21].map(sequence => verdict({}, subject(sequence)))).toEqual([valid, invalidated])
  })

  it('is against what a newer rule names', () => {
    const held = { rules: [rule(4, 'post:*'), rule(7, 'user:*')] }
    expect([6, 7].map(sequence => verdict(held, subject(sequence)))).toEqual([invalidated, valid])
    const cleared: Rule = { ...rule(9), mode: 'delete' }
    expect([8, 9].map(sequence => verdict({ rules: [cleared] }, subject(sequence)))).toEqual([deleted, valid])
  })

  it('has the stronger mode of all that is against it, in any order', () => {
    const strong: Rule = { ...rule(7, 'user:*'), mode: 'delete' }
    const weak = rule(9)
    for (const both of [
      [strong, weak],
      [weak, strong],
    ])
      expect([6, 7].map(sequence => verdict({ rules: both }, tagged(sequence)))).toEqual([
        deleted,
        invalidated,
      ])
    const tags = marks({ vip: { sequence: 8, mode: 'delete' } })
    expect(verdict({ rules: [weak], tags }, subject(7))).toEqual(deleted)
  })

  it('is against what a newer mark of one of its tags names', () => {
    const tags = marks({ vip: { sequence: 7, mode: 'invalidate' }, other: { sequence: 19, mode: 'delete' } })
    expect([6, 7].map(sequence => verdict({ tags }, subject(sequence)))).toEqual([invalidated, valid])
    expect(verdict({ tags }, tagged(18, 'vip', 'other'))).toEqual(deleted)
  })

  it('is against what has a tag that may have been dropped since', () => {
    expect([4, 5].map(sequence => verdict({ floor: 5 }, subject(sequence)))).toEqual([deleted, valid])
    const tags = marks({ vip: { sequence: 3, mode: 'delete' } })
    expect(verdict({ floor: 5, tags }, subject(4))).toEqual(valid)
    expect(verdict({ floor: 5 }, tagged(4))).toEqual(valid)
  })

  it('is against private copies that a retired rule may have named, for those were not swept', () => {
    const copy = (sequence: number, scope: Subject['scope']) =>
      verdict({ retired: 5 }, { ...tagged(sequence), scope })
    expect([copy(4, 'process'), copy(5, 'process'), copy(4, 'shared')]).toEqual([deleted, valid, valid])
  })
})
