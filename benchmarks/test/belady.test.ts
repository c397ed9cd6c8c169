import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { belady, nextRequests } from '../simulator/belady.ts'
import { type Trace, TraceBuilder } from '../simulator/trace.ts'

function traceOf(keys: readonly (string | number)[]): Trace {
  const builder = new TraceBuilder()
  for (const key of keys) builder.add(key)
  return builder.build('test')
}

const hitsOf = (trace: Trace, capacity: number) => belady(trace, capacity, nextRequests(trace)).hits

/** Tries every victim at every miss. */
function bestByTrying(requests: readonly number[], capacity: number): number {
  const best = (at: number, cache: ReadonlySet<number>): number => {
    const key = requests[at]
    if (key === undefined) return 0
    if (cache.has(key)) return 1 + best(at + 1, cache)
    if (cache.size < capacity) return best(at + 1, new Set([...cache, key]))
    return Math.max(
      ...[...cache].map(victim => {
        const left = [...cache].filter(other => other !== victim)
        return best(at + 1, new Set([...left, key]))
      }),
    )
  }
  return best(0, new Set())
}

describe('belady', () => {
  it('hits as often as the best of all ways to choose victims', () => {
    const seed = 7
    const random = seededRandom(seed)
    for (let round = 0; round < 300; round += 1) {
      const keys = 2 + Math.floor(random() * 5)
      const trace = traceOf(Array.from({ length: 12 }, () => Math.floor(random() * keys)))
      for (const capacity of [1, 2, 3]) {
        const requests = [...trace.requests]
        const result = { seed, round, requests, capacity, hits: hitsOf(trace, capacity) }
        expect(result).toEqual({ ...result, hits: bestByTrying(requests, capacity) })
      }
    }
  })

  it('gets of a loop what fits', () => {
    const trace = traceOf(Array.from({ length: 1000 }, (_, at) => at % 10))
    expect(hitsOf(trace, 10)).toBe(990)
    expect(hitsOf(trace, 1)).toBe(0)
    // Without bypass one place is for the newcomer: 4 of 9 others can stay.
    expect(hitsOf(trace, 5) / 1000).toBeCloseTo(4 / 9, 1)
  })

  it('counts the bytes of hits', () => {
    const trace = { ...traceOf(['a', 'b', 'a', 'b']), sizes: Uint32Array.of(10, 1) }
    expect(belady(trace, 2, nextRequests(trace))).toEqual({ hits: 2, hitBytes: 11 })
  })

  it('knows the next request of each', () => {
    expect([...nextRequests(traceOf(['a', 'b', 'a', 'a']))]).toEqual([2, 4, 3, 4])
  })
})
