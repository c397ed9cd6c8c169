import { createEntry, isGreenlangError } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { memoryTier } from '../src/index.ts'
import { thrownBy } from './support/thrown-by.ts'

const deep = () => ({ name: 'Ada', tags: ['a'], inner: { n: 1, bytes: new Uint8Array(2) } })

describe('freeze', () => {
  it('lets nobody change what is kept, however deep', () => {
    const tier = memoryTier<ReturnType<typeof deep>>({ maxEntries: 3, freeze: true })
    const value = deep()
    tier.put('put', value)
    tier.set('set', createEntry(deep()))
    for (const key of ['put', 'set']) {
      const found = tier.value(key)
      expect(Object.isFrozen(found) && Object.isFrozen(found?.tags) && Object.isFrozen(found?.inner)).toBe(
        true,
      )
    }
    expect(tier.value('put')).toBe(value)
  })

  it('stands cycles, depth, getters and null', () => {
    const tier = memoryTier<unknown>({ maxEntries: 3, freeze: true })
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    let chain: object = {}
    for (let depth = 0; depth < 100_000; depth += 1) chain = { chain }
    let called = 0
    const lazy = Object.defineProperty({}, 'x', { get: () => (called += 1), enumerable: true })
    for (const value of [cycle, chain, lazy, null, 'text', 7]) tier.put('key', value)
    expect(called).toBe(0)
  })
})

describe('clone', () => {
  it('gives each reader a copy of its own', () => {
    const tier = memoryTier<ReturnType<typeof deep>>({ maxEntries: 3, clone: true })
    const value = deep()
    tier.put('key', value)
    value.inner.n = 99
    const first = tier.value('key')
    if (first !== undefined) first.inner.n = 42
    expect([
      tier.value('key')?.inner.n,
      tier.get('key')?.value.inner.n,
      tier.peek('key')?.value.inner.n,
    ]).toEqual([1, 1, 1])
    expect([...tier.entries()][0]?.[1].value).not.toBe([...tier.entries()][0]?.[1].value)
  })

  it('takes a function of the caller', () => {
    const tier = memoryTier<{ n: number }>({ maxEntries: 3, clone: ({ n }) => ({ n }) })
    const value = { n: 1 }
    tier.put('key', value)
    expect(tier.value('key')).toEqual(value)
    expect(tier.value('key')).not.toBe(value)
  })

  it('refuses what cannot be copied, and leaves nothing older in its place', () => {
    const tier = memoryTier<unknown>({ maxEntries: 3, clone: true })
    tier.put('key', 1)
    const thrown = thrownBy(() => tier.put('key', () => {}))
    expect(isGreenlangError(thrown, 'INVALID_ARGUMENT')).toBe(true)
    expect(tier.has('key')).toBe(false)
  })

  it('is not to be had together with freeze', () => {
    const thrown = thrownBy(() => memoryTier({ maxEntries: 1, clone: true, freeze: true }))
    expect(isGreenlangError(thrown, 'INVALID_OPTION')).toBe(true)
  })
})
