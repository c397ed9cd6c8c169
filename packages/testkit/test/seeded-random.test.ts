import { describe, expect, it } from '@jest/globals'
import { seededRandom } from '../src/index.ts'

const first = (seed: number, count: number) => Array.from({ length: count }, seededRandom(seed))

describe('seededRandom', () => {
  it('is repeatable, and differs by seed, seeds beyond 32 bits included', () => {
    expect(first(1, 100)).toEqual(first(1, 100))
    expect(first(1, 3)).not.toEqual(first(2, 3))
    expect(first(1, 3)).not.toEqual(first(1 + 2 ** 32, 3))
  })

  it('keeps giving the numbers that committed seeds were found with', () => {
    expect(first(42, 3)).toEqual([0.29439391079358757, 0.4534398082178086, 0.9125655747484416])
  })

  it('is spread evenly over [0, 1)', () => {
    const buckets = new Array<number>(16).fill(0)
    const numbers = first(3, 160_000)
    for (const number of numbers)
      buckets[Math.floor(number * 16)] = (buckets[Math.floor(number * 16)] ?? 0) + 1
    // Chi-squared of 15 degrees of freedom: above 37.7 once in a thousand seeds; this seed is fixed.
    const chiSquared = buckets.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
    expect(chiSquared).toBeLessThan(37.7)
    expect(numbers.every(number => number >= 0 && number < 1)).toBe(true)
  })

  it.each([-1, 1.5, Number.NaN, '7'])('refuses the seed %p', seed => {
    expect(() => seededRandom(seed as number)).toThrow('option seed must be a whole number >= 0')
  })
})
