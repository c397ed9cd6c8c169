import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { generatedNames, generateTrace } from '../simulator/generate.ts'
import type { Trace } from '../simulator/trace.ts'
import { zipfRanks } from '../simulator/zipf.ts'

const isSame = (a: Trace, b: Trace) => Buffer.from(a.requests.buffer).equals(Buffer.from(b.requests.buffer))

describe('generated traces', () => {
  it.each(generatedNames)('%s is the same for the same seed, and numbered by first request', name => {
    const trace = generateTrace(name, 1)
    expect(isSame(generateTrace(name, 1), trace)).toBe(true)
    let seen = 0
    let late = 0
    for (const number of trace.requests) {
      if (number === seen) seen += 1
      else if (number > seen) late += 1
    }
    expect({ requests: trace.requests.length, seen, late }).toEqual({
      requests: 200_000,
      seen: trace.unique,
      late: 0,
    })
  })

  it('differs by seed, where there is chance in it', () => {
    const [one, two] = [1, 2].map(seed => generateTrace('generated-churn', seed))
    expect(one && two && isSame(one, two)).toBe(false)
  })
})

describe('zipfRanks', () => {
  it('draws rank r with weight 1 / (r + 1) ** skew', () => {
    const [count, draws, seed] = [100, 200_000, 3]
    const rank = zipfRanks(count, 1, seededRandom(seed))
    const seen = new Float64Array(count)
    for (let at = 0; at < draws; at += 1) {
      const one = rank()
      seen[one] = (seen[one] ?? 0) + 1
    }
    const harmonic = Array.from({ length: count }, (_, index) => 1 / (index + 1)).reduce((a, b) => a + b)
    for (const index of [0, 1, 9, 99])
      expect((seen[index] ?? 0) / draws).toBeCloseTo(1 / (index + 1) / harmonic, 2)
  })
})
