import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import { WindowClimber } from '../../src/policies/window-climber.ts'

const hashOf = (key: number) => {
  const mixed = Math.imul((key + 1) ^ ((key + 1) >>> 15), 0x2c1b3c6d)
  return mixed ^ (mixed >>> 12)
}

describe('FrequencySketch', () => {
  it('is never below the true count of a key, up to 15, before the past is halved', () => {
    const holds = (keys: number[]) => {
      const sketch = new FrequencySketch()
      sketch.grow(64)
      const counts = new Map<number, number>()
      for (const key of keys) {
        sketch.count(hashOf(key), 64)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      const low = [...counts].filter(([key, count]) => sketch.frequency(hashOf(key)) < Math.min(15, count))
      expect(low).toEqual([])
    }
    fc.assert(fc.property(fc.array(fc.nat(200), { maxLength: 600, size: 'max' }), holds), { numRuns: 1_000 })
  })

  it('is right for nearly all keys at ten uses an entry', () => {
    const sketch = new FrequencySketch()
    sketch.grow(1_000)
    // 1 000 keys used five times, 4 000 used once, with room for 1 000.
    for (let round = 0; round < 5; round += 1)
      for (let key = 0; key < 1_000; key += 1) sketch.count(hashOf(key), 1_000)
    for (let key = 1_000; key < 5_000; key += 1) sketch.count(hashOf(key), 1_000)
    let off = 0
    for (let key = 0; key < 5_000; key += 1)
      if (sketch.frequency(hashOf(key)) > (key < 1_000 ? 5 : 1)) off += 1
    expect(off).toBeLessThan(250)
  })

  it('halves what it knows once ten uses an entry were counted', () => {
    const sketch = new FrequencySketch()
    sketch.grow(4)
    for (let use = 0; use < 12; use += 1) sketch.count(hashOf(1), 4)
    expect(sketch.frequency(hashOf(1))).toBe(12)
    // 40 uses are counted, then 16 more: once is enough.
    for (let key = 2; key < 46; key += 1) sketch.count(hashOf(key), 4)
    expect(sketch.frequency(hashOf(1))).toBeGreaterThanOrEqual(6)
    expect(sketch.frequency(hashOf(1))).toBeLessThan(12)
  })

  it('knows after growing what it knew', () => {
    const [small, large] = [new FrequencySketch(), new FrequencySketch()]
    for (const sketch of [small, large]) {
      sketch.grow(64)
      for (let use = 0; use < 500; use += 1) sketch.count(hashOf(use % 90), 64)
    }
    large.grow(128)
    for (let key = 0; key < 200; key += 1)
      expect(large.frequency(hashOf(key))).toBe(small.frequency(hashOf(key)))
    large.clear()
    large.grow(64)
    expect(large.frequency(hashOf(1))).toBe(0)
  })
})

describe('WindowClimber', () => {
  /** Shares after each sample of a cache whose hit ratio depends on the share. */
  const climb = (ratioAt: (share: number) => number, samples: number, climber = new WindowClimber()) => {
    const shares: number[] = []
    for (let sample = 0; sample < samples; sample += 1) {
      const hits = Math.round(ratioAt(climber.share) * 10_000)
      for (let ask = 0; ask < 10_000; ask += 1) climber.record(ask < hits, 1_000)
      shares.push(climber.share)
    }
    return shares
  }

  it('begins with a window of one hundredth', () => expect(new WindowClimber().share).toBe(0.01))

  it('goes to a large window where that is better, and stays in bounds', () => {
    const shares = climb(share => 0.3 + 0.4 * share, 60)
    expect(shares.at(-1)).toBeGreaterThan(0.6)
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.8)
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.01)
  })

  it('comes back where a small window is better', () => {
    const climber = new WindowClimber()
    climb(share => 0.3 + 0.4 * share, 60, climber)
    const shares = climb(share => 0.8 - 0.4 * share, 100, climber)
    expect(shares.at(-1)).toBeLessThan(0.2)
  })

  it('settles near the top of a hill', () => {
    const shares = climb(share => 0.5 - (share - 0.4) ** 2, 300)
    expect(shares.at(-1)).toBeGreaterThan(0.3)
    expect(shares.at(-1)).toBeLessThan(0.5)
  })

  it('forgets when reset', () => {
    const climber = new WindowClimber()
    const first = climb(share => 0.3 + 0.4 * share, 20, climber)
    climber.reset()
    expect(climb(share => 0.3 + 0.4 * share, 20, climber)).toEqual(first)
  })
})
