import { describe, expect, it } from '@jest/globals'
import { createAcknowledged, createOutbox, type Waiting } from '../../src/coherence/outbox.ts'
import type { Invalidation } from '../../src/index.ts'

const key = (name: string): Invalidation => ({ mode: 'delete', keys: [name] })
const everything: Invalidation = { mode: 'delete', all: true }
let begun = 0
/** No two are equal: each began at another moment. */
const waiting = (invalidation: Invalidation, version?: number): Waiting => {
  begun += 1
  return { invalidation, version, pending: { invalidation, since: begun } }
}

function outboxOf(limit: number) {
  const collapsed: Waiting[] = []
  const outbox = createOutbox(limit, () => {
    const all = waiting(everything)
    collapsed.push(all)
    return all
  })
  const next = () => outbox.first(1)[0]
  const endNext = () => {
    for (const each of outbox.first(1)) outbox.done(each)
  }
  return { outbox, collapsed, next, endNext }
}

describe('createOutbox', () => {
  it('gives the oldest until it is done, then the next', () => {
    const { outbox, next, endNext } = outboxOf(10)
    const [first, second] = [waiting(key('a')), waiting({ mode: 'delete', tags: ['a'] })]
    expect([outbox.add(first), outbox.add(second)]).toEqual([[], []])
    expect([outbox.size, next(), next()]).toEqual([2, first, first])
    const [sent] = outbox.first(1)
    endNext()
    expect([outbox.size, next()]).toEqual([1, second])
    if (sent) outbox.done(sent)
    expect(outbox.size).toBe(1)
    endNext()
    expect([outbox.size, outbox.first(1)]).toEqual([0, []])
  })

  it.each([
    [0, 0],
    [2, 2],
    [3, 3],
    [9, 3],
  ])('gives the oldest %i of three, in their order', (count, given) => {
    const { outbox } = outboxOf(10)
    const all = ['a', 'b', 'c'].map(name => waiting(key(name)))
    for (const each of all) outbox.add(each)
    expect(outbox.first(count)).toEqual(all.slice(0, given))
    expect(outbox.size).toBe(3)
  })

  it('takes those that are done out wherever they stand', () => {
    const { outbox } = outboxOf(10)
    const all = ['a', 'b', 'c'].map(name => waiting(key(name)))
    for (const each of all) outbox.add(each)
    for (const each of outbox.first(3).slice(1)) outbox.done(each)
    expect(outbox.first(3)).toEqual(all.slice(0, 1))
  })

  it.each<Invalidation>([
    key('a'),
    { mode: 'invalidate', tags: ['a', 'b'] },
    { mode: 'delete', pattern: 'a:*' },
  ])('keeps the newer of two that name the same, at its place: %j', same => {
    const { outbox } = outboxOf(10)
    const [older, other, newer] = [waiting(same), waiting(key('z')), waiting({ ...same })]
    outbox.add(older)
    outbox.add(other)
    expect(outbox.add(newer)).toEqual([older])
    expect([outbox.size, outbox.first(9)]).toEqual([2, [other, newer]])
  })

  it.each([
    ['a lower one', 8, 7, 8],
    ['a higher one', 7, 8, 8],
    ['the same one', 8, 8, 8],
    ['none after none', undefined, undefined, undefined],
  ])('keeps the higher version of two that name the same: %s', (_, before, after, kept) => {
    const { outbox, next } = outboxOf(10)
    const [older, newer] = [waiting(key('a'), before), waiting(key('a'), after)]
    outbox.add(older)
    expect(outbox.add(newer)).toEqual([older])
    expect([outbox.size, next()?.version]).toEqual([1, kept])
    expect(next()?.pending).toBe(newer.pending)
  })

  it.each([
    ['without after with', 8, undefined],
    ['with after without', undefined, 0],
  ])('keeps apart what names a version and what names none: %s', (_, before, after) => {
    const { outbox } = outboxOf(10)
    outbox.add(waiting(key('a'), before))
    expect(outbox.add(waiting(key('a'), after))).toEqual([])
    expect(outbox.first(10).map(({ version }) => version)).toEqual([before, after])
  })

  it('mixes no versions of two that name different keys', () => {
    const { outbox } = outboxOf(10)
    outbox.add(waiting(key('a'), 8))
    outbox.add(waiting(key('b'), 7))
    expect(outbox.first(9).map(({ version }) => version)).toEqual([8, 7])
  })

  it('does not take a replaced one that is done for the one that replaced it', () => {
    const { outbox, next, endNext } = outboxOf(10)
    const [older, newer] = [waiting(key('a')), waiting(key('a'))]
    outbox.add(older)
    const [sent] = outbox.first(1)
    outbox.add(newer)
    if (sent) outbox.done(sent)
    expect([outbox.size, next()]).toEqual([1, newer])
    endNext()
    expect(outbox.size).toBe(0)
  })

  it('lets no delete be replaced by what only invalidates', () => {
    const { outbox } = outboxOf(10)
    outbox.add(waiting(key('a')))
    expect(outbox.add(waiting({ mode: 'invalidate', keys: ['a'] }))).toEqual([])
    expect(outbox.size).toBe(2)
  })

  it('becomes one clear past its limit, which stands for all that waited', () => {
    const { outbox, collapsed, next, endNext } = outboxOf(2)
    const all = ['a', 'b', 'c'].map(name => waiting(key(name)))
    const [first, second, last] = all
    const sent = [first, second].flatMap(each => {
      if (each) expect(outbox.add(each)).toEqual([])
      return outbox.first(9)
    })
    expect(last && outbox.add(last)).toEqual(all)
    expect([outbox.size, collapsed.length, next() === collapsed[0]]).toEqual([1, 1, true])
    for (const each of [...all, ...sent]) outbox.done(each)
    expect(outbox.size).toBe(1)
    endNext()
    expect(outbox.size).toBe(0)
  })

  it('sends what comes after the clear after it, and collapses again', () => {
    const { outbox, collapsed, next } = outboxOf(2)
    const [first, second, after, last] = ['a', 'b', 'c', 'd', 'e'].map(name => waiting(key(name))).slice(1)
    for (const each of [waiting(key('a')), first, second, after]) if (each) outbox.add(each)
    expect([outbox.size, next() === collapsed[0]]).toEqual([2, true])
    expect(last && outbox.add(last)).toEqual([collapsed[0], after, last])
    expect([outbox.size, next() === collapsed[1]]).toEqual([1, true])
  })
})

describe('createAcknowledged', () => {
  const told = (name: string, at: number, version?: number) => ({ invalidation: key(name), version, at })
  const allTold = (at: number) => ({ invalidation: everything, at })

  function acknowledgedOf(limit: number, all: readonly ReturnType<typeof told>[], keepMs = 1_000) {
    const acknowledged = createAcknowledged(keepMs, limit)
    for (const { at, ...one } of all) acknowledged.add(one, at)
    return acknowledged
  }

  it('remembers what was acknowledged in the window, oldest first', () => {
    const [a, b, c] = [told('a', 0), told('b', 10_000), told('c', 20_000)]
    const acknowledged = acknowledgedOf(10, [a, b, c], 30_000)
    expect(acknowledged.since(30_000)).toEqual([a, b, c])
    expect(acknowledged.since(30_001)).toEqual([b, c])
    expect(acknowledged.since(50_000)).toEqual([c])
    expect(acknowledged.since(50_001)).toEqual([])
  })

  it('remembers each with its version', () => {
    const all = [told('a', 0, 8), told('a', 1), told('a', 2, 0)]
    expect(acknowledgedOf(10, all).since(3)).toEqual(all)
  })

  it('makes room for what is in the window by what is not', () => {
    const all = ['a', 'b', 'c'].map((name, index) => told(name, index * 600))
    expect(acknowledgedOf(2, all).since(1_200)).toEqual(all.slice(1))
  })

  it('remembers more than its limit as one clear', () => {
    const acknowledged = acknowledgedOf(
      2,
      ['a', 'b', 'c'].map((name, index) => told(name, index)),
    )
    expect(acknowledged.since(1_002)).toEqual([allTold(2)])
    acknowledged.add({ invalidation: key('d') }, 500)
    expect(acknowledged.since(1_002)).toEqual([allTold(2), told('d', 500)])
    expect(acknowledged.since(1_003)).toEqual([told('d', 500)])
  })
})
