import { deserialize, serialize } from 'node:v8'
import { createEntry, isGreenlangError } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { type MemorySnapshot, memoryTier } from '../src/index.ts'

describe('snapshot and restore', () => {
  it('carry keys, values and dates to another process, namespaces too', async () => {
    const clock = fakeClock()
    const first = memoryTier<number>({ maxEntries: 10, clock })
    const entry = createEntry(1, { ttl: '1m', grace: '1h', tags: ['t'] }, { clock })
    first.set('a', { ...entry, checkedAt: clock.now() })
    first.put('short', 2, 50)
    first.namespace('inner').put('b', 3)
    const bytes = serialize(first.snapshot())
    await clock.advance(50)
    const second = memoryTier<number>({ maxEntries: 10, clock })
    expect(second.restore(deserialize(bytes) as MemorySnapshot<number>)).toBe(2)
    expect(second.get('a')).toEqual(entry)
    expect([second.has('short'), second.namespace('inner').value('b')]).toEqual([false, 3])
  })

  it.each(['reuse-distance', 'lru', 'lfu', 's3-fifo', 'w-tinylfu', 'sieve'] as const)(
    '%s: restores what was used most, where there is less room',
    eviction => {
      const first = memoryTier<number>({ maxEntries: 100, eviction })
      for (let key = 0; key < 100; key += 1) first.put(`${key}`, key)
      for (let use = 0; use < 5; use += 1) for (let key = 40; key < 50; key += 1) first.value(`${key}`)
      const second = memoryTier<number>({ maxEntries: 10, eviction })
      expect(second.restore(first.snapshot())).toBe(10)
      expect([...second.keys()].sort()).toEqual(['40', '41', '42', '43', '44', '45', '46', '47', '48', '49'])
    },
  )

  it('do not overwrite what is there, and refuse what is no snapshot', () => {
    const tier = memoryTier<number>({ maxEntries: 10 })
    tier.put('a', 1)
    const snapshot = tier.snapshot()
    tier.put('a', 2)
    expect([tier.restore(snapshot), tier.value('a')]).toEqual([0, 2])
    for (const wrong of [
      undefined,
      {},
      [],
      { version: 2, entries: [], namespaces: [] },
      { version: 1, entries: [['b', null]], namespaces: [] },
      { version: 1, entries: [null], namespaces: [] },
      { version: 1, entries: [], namespaces: [null] },
      { version: 1, entries: [], namespaces: [['inner', {}]] },
    ]) {
      let thrown: unknown
      try {
        tier.restore(wrong as never)
      } catch (error) {
        thrown = error
      }
      expect(isGreenlangError(thrown, 'INVALID_ARGUMENT')).toBe(true)
    }
    expect([...tier.keys()]).toEqual(['a'])
  })
})
