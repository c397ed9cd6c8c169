import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Sizes, WindowShare } from '../../src/policies/window-share.ts'

const entries = 1_600
const unit = 100

/** In each of so many units: keys used again at an age, and uses in main. */
function measure(share: WindowShare, units: number, reuses: readonly number[], earned: number): WindowShare {
  for (let each = 0; each < units; each += 1) {
    for (const age of reuses) share.reused(age, 10)
    share.earned(earned)
    share.review({ entries, main: entries - share.width, unit, weight: 1 })
  }
  return share
}

describe('WindowShare', () => {
  it('begins with a tenth', () => expect(new WindowShare(entries).width).toBe(160))

  it('widens where uses come back later than the window is long, and main earns little', () => {
    const { width } = measure(new WindowShare(entries), 100, [6, 6, 6], 2)
    // A use of age 6 comes before the seventh unit ends: 7 / 16 of the cache.
    expect(width).toBeGreaterThanOrEqual((7 / 16) * entries)
    expect(width).toBeLessThan((9 / 16) * entries)
  })

  it('narrows where main earns more than a wider window would', () => {
    const share = measure(new WindowShare(entries), 100, [6, 6, 6], 2)
    expect(measure(share, 400, [0], 80).width).toBeLessThan(0.1 * entries)
  })

  it('stays where no other width promises more than noise', () => {
    expect(measure(new WindowShare(entries), 400, [0], 10).width).toBe(160)
    expect(measure(new WindowShare(entries), 400, [], 0).width).toBe(160)
  })

  it('does not widen for reuses that vanish once main has given way', () => {
    // A loop of 1.5 caches, two thirds of it hit in main: those who come back do so after 8 units of misses.
    const share = measure(new WindowShare(entries), 400, [8, 8, 8, 8, 8, 8, 8, 8, 8, 8], 200)
    expect(share.width).toBeLessThanOrEqual(160)
  })

  it('keeps to its bounds', () => {
    const aUnit = fc.record({
      reuses: fc.array(fc.record({ age: fc.nat(80), weight: fc.integer({ min: 1, max: 16 }) }), {
        maxLength: 20,
      }),
      earned: fc.nat(300),
      entries: fc.integer({ min: 1, max: 5_000 }),
      main: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const holds = (
      units: { reuses: { age: number; weight: number }[]; earned: number; entries: number; main: number }[],
    ) => {
      const share = new WindowShare(100)
      for (const each of units) {
        for (const { age, weight } of each.reuses) share.reused(age, weight)
        share.earned(each.earned)
        const sizes: Sizes = {
          entries: each.entries,
          main: Math.floor(each.main * each.entries),
          unit: Math.max(1, Math.round(each.entries / 16)),
          weight: 1,
        }
        share.review(sizes)
        expect(share.width).toBeGreaterThanOrEqual(Math.max(1, Math.floor(each.entries / 50)))
        expect(share.width).toBeLessThanOrEqual(Math.max(1, Math.ceil((each.entries * 15) / 16)))
      }
    }
    fc.assert(fc.property(fc.array(aUnit, { maxLength: 60, size: 'max' }), holds), { numRuns: 300 })
  })

  it('renews a main that earns nothing, later each time', () => {
    const share = new WindowShare(entries)
    const begun: number[] = []
    for (let each = 1, before = false; each <= 2_000; each += 1) {
      measure(share, 1, [], 0)
      if (share.renewing && !before) begun.push(each)
      before = share.renewing
    }
    expect(begun).toEqual([257, 272 + 513, 272 + 528 + 1_025])
    expect(measure(share, 1, [], 50).renewing).toBe(false)
  })
})
