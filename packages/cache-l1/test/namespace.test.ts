import { createEntry, isGreenlangError } from '@greenlang/core'
import { fakeClock, tierContract } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { memoryTier } from '../src/index.ts'

tierContract({ describe, expect, it }, 'namespace of memoryTier', ({ clock }) =>
  memoryTier({ maxEntries: 1_000, clock }).namespace('inner'),
)

describe('namespace', () => {
  it('has keys of its own', () => {
    const tier = memoryTier<string>({ maxEntries: 10 })
    const users = tier.namespace('user')
    const orders = tier.namespace('order')
    tier.put('1', 'root')
    users.put('1', 'user')
    orders.put('1', 'order')
    users.put('order:1', 'user again')
    expect([tier.value('1'), users.value('1'), orders.value('1'), tier.value('order:1')]).toEqual([
      'root',
      'user',
      'order',
      undefined,
    ])
    users.deleteMany(['1'])
    expect([tier.has('1'), users.has('1'), orders.has('1')]).toEqual([true, false, true])
  })

  it('is the same for the same name, and shares the bound', () => {
    const tier = memoryTier<number>({ maxEntries: 4, eviction: 'fifo' })
    expect(tier.namespace('a')).toBe(tier.namespace('a'))
    for (let key = 0; key < 4; key += 1) tier.namespace('a').put(`${key}`, key)
    for (let key = 0; key < 3; key += 1) tier.namespace('b').put(`${key}`, key)
    expect(tier.namespace('a').stats()).toMatchObject({ entries: 1, evictions: 3, sets: 4 })
    expect(tier.namespace('b').stats()).toMatchObject({ entries: 3, evictions: 0, sets: 3 })
    expect(tier.stats()).toMatchObject({ entries: 4, evictions: 3, sets: 7 })
  })

  it('nests, and is cleared and closed with what it is in', () => {
    const tier = memoryTier<number>({ maxEntries: 9 })
    const inner = tier.namespace('a').namespace('b')
    tier.put('key', 1)
    tier.namespace('a').put('key', 2)
    inner.put('key', 3)
    expect(inner.name).toBe('memory:a:b')
    tier.namespace('a').clear()
    expect([tier.value('key'), inner.value('key')]).toEqual([1, undefined])
    tier.close()
    expect(tier.stats().entries).toBe(0)
    let thrown: unknown
    try {
      inner.put('key', 4)
    } catch (error) {
      thrown = error
    }
    expect(isGreenlangError(thrown, 'CLOSED')).toBe(true)
  })

  it('is gone once closed: the next of its name is empty', () => {
    const clock = fakeClock()
    const tier = memoryTier<number>({ maxEntries: 9, clock })
    for (let round = 0; round < 3; round += 1) {
      const space = tier.namespace('a')
      expect(space.value('key')).toBe(undefined)
      space.set('key', createEntry(round, {}, { clock }))
      expect(space.value('key')).toBe(round)
      space.close()
    }
    expect(tier.stats()).toMatchObject({ entries: 0 })
  })
})
