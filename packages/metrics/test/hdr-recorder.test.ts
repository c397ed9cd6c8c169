import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createMetrics } from '../src/index.ts'

const { latencyRecorder } = createMetrics()

function exactAt(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
}

describe('the HDR recorder', () => {
  it.each([20261122, 7])('is within 1 %% of the exact percentiles (seed %d)', seed => {
    const random = seededRandom(seed)
    const recorder = latencyRecorder()
    // From a microsecond to ten seconds, each power of ten as likely as the next.
    const durations = Array.from({ length: 20_000 }, () => 10 ** (random() * 7 - 3))
    for (const ms of durations) recorder.record(ms)
    const sorted = durations.toSorted((a, b) => a - b)
    const snapshot = recorder.snapshot()
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const)
      expect(Math.abs(snapshot[name] / exactAt(sorted, share) - 1)).toBeLessThan(0.01)
    expect(snapshot.max).toBe(sorted.at(-1))
    expect(snapshot.mean).toBeCloseTo(durations.reduce((sum, ms) => sum + ms, 0) / durations.length, 6)
    expect(snapshot.count).toBe(20_000)
  })

  it('is all zeros while nothing was recorded', () => {
    expect(latencyRecorder().snapshot()).toEqual({ count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 })
  })

  it('counts negative values and NaN as 0, and what is beyond its range as the longest', () => {
    const recorder = latencyRecorder()
    for (const ms of [Number.NaN, -1, 0]) recorder.record(ms)
    expect(recorder.snapshot()).toEqual({ count: 3, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 })
    const day = 86_400_000
    for (let round = 0; round < 10; round += 1) recorder.record(day)
    const { count, max, p99 } = recorder.snapshot()
    expect([count, max]).toEqual([13, day])
    expect(p99 / 3_600_000).toBeCloseTo(1, 2)
  })

  it('tells 20 ns from 30 ns', () => {
    const recorder = latencyRecorder()
    recorder.record(0.00002)
    recorder.record(0.00003)
    expect(recorder.snapshot()).toMatchObject({ p50: 0.00002, max: 0.00003 })
  })
})
