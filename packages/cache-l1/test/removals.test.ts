import { createEntry, createNegativeEntry } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { type MemoryTier, memoryTier, type RemovalReason } from '../src/index.ts'

function watched(maxEntries = 3) {
  const clock = fakeClock()
  const told: [key: string, value: unknown, reason: RemovalReason][] = []
  const tier: MemoryTier = memoryTier({
    maxEntries,
    eviction: 'fifo',
    clock,
    onRemoval: (key, value, reason) => told.push([key, value, reason]),
  })
  return { clock, tier, told }
}

describe('onRemoval', () => {
  it('says why each value left', async () => {
    const { clock, tier, told } = watched()
    tier.put('evicted', 1)
    tier.put('replaced', 2)
    tier.put('replaced', 3)
    tier.put('deleted', 4)
    tier.put('expired', 5, 10)
    tier.deleteMany(['deleted', 'absent'])
    await clock.advance(10)
    expect(tier.value('expired')).toBe(undefined)
    tier.invalidateMany(['replaced'])
    tier.put('replaced', 6)
    tier.close()
    expect(told).toEqual([
      ['replaced', 2, 'replaced'],
      ['evicted', 1, 'evicted'],
      ['deleted', 4, 'deleted'],
      ['expired', 5, 'expired'],
      ['replaced', 3, 'invalidated'],
      ['replaced', 6, 'deleted'],
    ])
  })

  it('is called for what the timer clears away, and for what set finds expired on arrival', async () => {
    const { clock, tier, told } = watched()
    const dead = createEntry('late', { ttl: 5 }, { clock })
    tier.put('swept', 1, 10)
    await clock.advance(3_000)
    tier.put('key', 2)
    tier.set('key', dead)
    expect(told).toEqual([
      ['swept', 1, 'expired'],
      ['key', 2, 'replaced'],
    ])
  })

  it('is told undefined for a negative entry', () => {
    const { clock, tier, told } = watched()
    tier.set('none', createNegativeEntry({}, { clock }))
    tier.clear()
    expect(told).toEqual([['none', undefined, 'deleted']])
  })

  it('may call the tier, throw, or do both', () => {
    const told: string[] = []
    const tier: MemoryTier<number> = memoryTier<number>({
      maxEntries: 2,
      eviction: 'fifo',
      onRemoval(key, value = 0) {
        told.push(`${key}=${value}`)
        if (value < 5) tier.put(key, value + 1)
        throw new Error('a fault of the listener')
      },
    })
    tier.put('a', 1)
    tier.put('b', 1)
    tier.put('c', 1)
    expect(told.length).toBeGreaterThan(3)
    expect(tier.stats().entries).toBe(2)
    expect([...tier.keys()].every(key => tier.has(key))).toBe(true)
  })

  it('tells each stored value once, whatever happens', async () => {
    const { clock, tier, told } = watched(5)
    let stored = 0
    for (let step = 0; step < 2_000; step += 1) {
      const key = `${(step * 7) % 11}`
      if (step % 3 !== 2) {
        tier.put(key, step, 1 + (step % 13))
        stored += 1
      } else if (step % 5 === 0) tier.deleteMany([key])
      else if (step % 7 === 0) tier.invalidateMany([key])
      else tier.get(key)
      if (step % 4 === 0) await clock.advance(1)
    }
    tier.close()
    expect(told.length).toBe(stored)
    expect(new Set(told.map(([, value]) => value)).size).toBe(stored)
  })
})
