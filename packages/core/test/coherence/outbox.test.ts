import { describe, expect, it } from '@jest/globals'
import { createAcknowledged, createOutbox, type Waiting } from '../../src/coherence/outbox.ts'
import type { Invalidation } from '../../src/index.ts'

const key = (name: string): Invalidation => ({ mode: 'delete', keys: [name] })
const everything: Invalidation = { mode: 'delete', all: true }
const waiting = (invalidation: Invalidation): Waiting => ({
  invalidation,
  pending: { invalidation, since: 0 },
})

function outboxOf(limit: number) {
  const collapsed: Waiting[] = []
  const outbox = createOutbox(limit, () => {
    const all = waiting(everything)
    collapsed.push(all)
    return all
  })
  return { outbox, collapsed }
}

describe('createOutbox', () => {
  it('gives the oldest until it is done, then the next', () => {
    const { outbox } = outboxOf(10)
    const [first, second] = [waiting(key('a')), waiting({ mode: 'delete', tags: ['a'] })]
    expect([outbox.add(first), outbox.add(second)]).toEqual([[], []])
    expect([outbox.size, outbox.next(), outbox.next()]).toEqual([2, first, first])
    outbox.done(first)
    expect([outbox.size, outbox.next()]).toEqual([1, second])
    outbox.done(second)
    outbox.done(second)
    expect([outbox.size, outbox.next()]).toEqual([0, undefined])
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
    expect([outbox.size, outbox.next()]).toEqual([2, other])
    outbox.done(other)
    expect(outbox.next()).toBe(newer)
  })

  it('does not take a replaced one that is done for the one that replaced it', () => {
    const { outbox } = outboxOf(10)
    const [older, newer] = [waiting(key('a')), waiting(key('a'))]
    outbox.add(older)
    outbox.add(newer)
    outbox.done(older)
    expect(outbox.next()).toBe(newer)
  })

  it('lets no delete be replaced by what only invalidates', () => {
    const { outbox } = outboxOf(10)
    outbox.add(waiting(key('a')))
    expect(outbox.add(waiting({ mode: 'invalidate', keys: ['a'] }))).toEqual([])
    expect(outbox.size).toBe(2)
  })

  it('becomes one clear past its limit, which stands for all that waited', () => {
    const { outbox, collapsed } = outboxOf(2)
    const all = ['a', 'b', 'c'].map(name => waiting(key(name)))
    expect(all.map(each => outbox.add(each))).toEqual([[], [], all])
    expect([outbox.size, collapsed.length, outbox.next() === collapsed[0]]).toEqual([1, 1, true])
    for (const each of all) outbox.done(each)
    expect(outbox.size).toBe(1)
    outbox.done(outbox.next() ?? waiting(everything))
    expect(outbox.size).toBe(0)
  })

  it('sends what comes after the clear after it, and collapses again', () => {
    const { outbox, collapsed } = outboxOf(2)
    const [first, second, after, last] = ['a', 'b', 'c', 'd', 'e'].map(name => waiting(key(name))).slice(1)
    for (const each of [waiting(key('a')), first, second, after]) if (each) outbox.add(each)
    expect([outbox.size, outbox.next() === collapsed[0]]).toEqual([2, true])
    expect(last && outbox.add(last)).toEqual([collapsed[0], after, last])
    expect([outbox.size, outbox.next() === collapsed[1]]).toEqual([1, true])
  })
})

describe('createAcknowledged', () => {
  it('remembers what was acknowledged in the window, oldest first', () => {
    const acknowledged = createAcknowledged(30_000, 10)
    for (const [index, name] of ['a', 'b', 'c'].entries()) acknowledged.add(key(name), index * 10_000)
    expect(acknowledged.since(30_000)).toEqual([key('a'), key('b'), key('c')])
    expect(acknowledged.since(30_001)).toEqual([key('b'), key('c')])
    expect(acknowledged.since(50_000)).toEqual([key('c')])
    expect(acknowledged.since(50_001)).toEqual([])
  })

  it('makes room for what is in the window by what is not', () => {
    const acknowledged = createAcknowledged(1_000, 2)
    for (const [index, name] of ['a', 'b', 'c'].entries()) acknowledged.add(key(name), index * 600)
    expect(acknowledged.since(1_200)).toEqual([key('b'), key('c')])
  })

  it('remembers more than its limit as one clear', () => {
    const acknowledged = createAcknowledged(1_000, 2)
    for (const [index, name] of ['a', 'b', 'c'].entries()) acknowledged.add(key(name), index)
    expect(acknowledged.since(1_002)).toEqual([everything])
    acknowledged.add(key('d'), 500)
    expect(acknowledged.since(1_002)).toEqual([everything, key('d')])
    expect(acknowledged.since(1_003)).toEqual([key('d')])
  })
})
