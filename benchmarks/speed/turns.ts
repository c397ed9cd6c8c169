/**
 * Gets spread over turns of the event loop, as a server has them: `perTurn` in a callback of `setImmediate`, then the next
 * turn. What an empty turn costs is measured in between and subtracted. Stretches are long against a timer of 1 ms that a
 * cache may set, so that its own stretch pays for it.
 */
import { median } from '../report/statistics.ts'
import type { Cache } from './cache.ts'
import { refuseMisses } from './loops.ts'
import { startStopwatch } from './stopwatch.ts'

const stretchMs = 5
const nanosecondsPerMs = 1e6

/** Nanoseconds a get, the median over pairs of an empty and a full stretch. */
export function turnLoop(
  cache: Cache,
  keys: readonly string[],
  perTurn: number,
): (ms: number) => Promise<number> {
  let at = 0
  const gets = () => {
    let misses = 0
    for (let left = perTurn; left > 0; left -= 1) {
      if (cache.get(keys[at] as string) === undefined) misses += 1
      at = at + 1 === keys.length ? 0 : at + 1
    }
    refuseMisses(misses)
  }
  const nothing = () => {}
  return async ms => {
    const costs: number[] = []
    for (const end = performance.now() + ms; costs.length === 0 || performance.now() < end; ) {
      const empty = await stretch(nothing)
      const full = await stretch(gets)
      costs.push(((full - empty) * nanosecondsPerMs) / perTurn)
    }
    return median(costs)
  }
}

/** Ms a turn. */
function stretch(work: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const end = performance.now() + stretchMs
    const stop = startStopwatch()
    let turns = 0
    const turn = () => {
      try {
        work()
      } catch (error) {
        reject(error)
        return
      }
      turns += 1
      if (performance.now() < end) setImmediate(turn)
      else resolve(stop() / turns)
    }
    setImmediate(turn)
  })
}
