import { describe, expect, it } from '@jest/globals'
import { createLatencyRecorder } from '../src/index.ts'

/** The share the recorder promises: one bucket is 2^(1/16), 4.4 %, wide. */
const promised = 0.045

const nearestRank = (sorted: readonly number[], share: number) =>
  sorted[Math.ceil(sorted.length * share) - 1] ?? 0

/** A Weyl sequence: as even as randomness, and the same on every run. */
const even = (index: number) => (index * 0.618_033_988_749_894_9) % 1

const shapes: Readonly<Record<string, (share: number) => number>> = {
  'hits of a memory tier': share => 0.0002 + share * 0.004,
  'answers of a network': share => 0.3 / (1.0001 - share),
  'exponential waits': share => -Math.log(1 - share) * 20,
  'two speeds': share => (share < 0.97 ? 0.01 : 900 + share),
  'all the same': () => 7,
  minutes: share => 60_000 * (1 + share * 20),
}

describe('createLatencyRecorder', () => {
  it('is all zeros while nothing was recorded', () => {
    expect(createLatencyRecorder().snapshot()).toEqual({ count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 })
  })

  it.each(Object.keys(shapes))('is right to within 4.5 %% of the sorted truth: %s', name => {
    const recorder = createLatencyRecorder()
    const values = Array.from({ length: 20_000 }, (_, index) => shapes[name]?.(even(index)) ?? 0)
    for (const value of values) recorder.record(value)
    const sorted = values.toSorted((one, other) => one - other)
    const { count, mean, p50, p95, p99, max } = recorder.snapshot()
    for (const [share, measured] of [
      [0.5, p50],
      [0.95, p95],
      [0.99, p99],
    ] as const) {
      const truth = nearestRank(sorted, share)
      expect({ share, off: Math.abs(measured / truth - 1) < promised }).toEqual({ share, off: true })
    }
    expect([count, max]).toEqual([values.length, sorted.at(-1)])
    expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 6)
  })

  it('counts by nearest rank: of a hundred, the 99th', () => {
    const recorder = createLatencyRecorder()
    for (let ms = 1; ms <= 99; ms += 1) recorder.record(1)
    recorder.record(1_000)
    expect(recorder.snapshot().p99).toBeLessThan(1.05)
    recorder.record(1_000)
    expect(recorder.snapshot().p99).toBe(1_000)
  })

  it('takes negative values and NaN for 0', () => {
    const recorder = createLatencyRecorder()
    for (const value of [-5, Number.NaN, 0]) recorder.record(value)
    expect(recorder.snapshot()).toEqual({ count: 3, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 })
  })

  it('understates nothing that lies beyond its buckets', () => {
    const recorder = createLatencyRecorder()
    recorder.record(86_400_000)
    expect(recorder.snapshot()).toMatchObject({ p50: 86_400_000, max: 86_400_000 })
  })
})
