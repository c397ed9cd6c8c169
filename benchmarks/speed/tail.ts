/** Latency of hits, by batches of 64: one read of the clock costs as much as a hit. */
import { quantile } from '../report/statistics.ts'
import type { Cache } from './cache.ts'
import { refuseMisses } from './loops.ts'

const batchLength = 64
const nanosecondsPerMs = 1e6
const mostBatches = 1 << 17

/** Nanoseconds a get in the batch that 99 of 100 batches are no slower than. */
export function tailLoop(cache: Cache, keys: readonly string[]): (ms: number) => number {
  const costs = new Float64Array(mostBatches)
  let at = 0
  return ms => {
    let [batches, misses] = [0, 0]
    for (const end = performance.now() + ms; batches < mostBatches; batches += 1) {
      const began = performance.now()
      if (began >= end) break
      for (let left = batchLength; left > 0; left -= 1) {
        // Counted, for else the compiler leaves out a lookup that nobody uses.
        if (cache.get(keys[at] as string) === undefined) misses += 1
        at = at + 1 === keys.length ? 0 : at + 1
      }
      costs[batches] = ((performance.now() - began) * nanosecondsPerMs) / batchLength
    }
    refuseMisses(misses)
    return quantile(costs.slice(0, batches).sort(), 0.99)
  }
}
