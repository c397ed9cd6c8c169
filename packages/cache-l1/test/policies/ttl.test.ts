import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createPolicy } from '../../src/eviction.ts'
import type { EvictionPolicy } from '../../src/policy.ts'
import { aRun, Driver, type Run, runs } from './driver.ts'

const tickMs = 1024

/** Width of the wheel's bucket, in ticks, for a date `ahead` that is seen at `present`. */
function widthAt(present: number, ahead: number): number {
  let width = 1
  while (Math.floor(present / width / 64) !== Math.floor(ahead / width / 64)) width *= 64
  return width
}

/** Says what is wrong with going first, when `dates` are those of all entries; `undefined` if nothing is. */
function fault(went: number, dates: readonly number[], now: number, origin: number): string | undefined {
  const tick = (date: number) => Math.floor((date - origin) / tickMs)
  const first = tick(Math.min(...dates))
  const present = tick(now)
  if (first <= present) return tick(went) <= present ? undefined : 'an expired entry should go first'
  if (first === Number.POSITIVE_INFINITY) return undefined
  const width = widthAt(present, first)
  return Math.floor(tick(went) / width) === Math.floor(first / width)
    ? undefined
    : 'not of the earliest bucket'
}

describe('ttl', () => {
  it('evicts from the earliest bucket, whatever happens', () => {
    const holds = (run: Run) => {
      const faults: string[] = []
      let origin = Number.NaN
      const driver = new Driver((facts, now) => {
        origin = now()
        return watched(createPolicy('ttl', facts, now), went => {
          const dates = [...driver.expiries.values()]
          const wrong = fault(facts.expiresAt(went), dates, now(), origin)
          if (wrong !== undefined) faults.push(wrong)
        })
      })
      driver.play(run).drain()
      expect(faults).toEqual([])
    }
    fc.assert(fc.property(aRun, holds), runs)
  })

  it('takes what never expires last, the oldest of it first, used or not', () => {
    const driver = new Driver((facts, now) => createPolicy('ttl', facts, now))
    const never = Number.POSITIVE_INFINITY
    for (const [key, life] of [
      [1, never],
      [2, 10 ** 9],
      [3, never],
      [4, 5_000],
      [5, 10 ** 7],
    ] as const)
      driver.add(key, 1, life)
    driver.get(1)
    expect(driver.drain().evicted).toEqual([4, 5, 2, 1, 3])
  })

  it('takes what has expired first, even if long ago', () => {
    const driver = new Driver((facts, now) => createPolicy('ttl', facts, now))
    driver.add(1, 1, 5_000)
    driver.now += 10 ** 8
    driver.add(2, 1, 5_000)
    expect(driver.drain().evicted).toEqual([1, 2])
  })
})

function watched(policy: EvictionPolicy, see: (slot: number) => void): EvictionPolicy {
  const evict = policy.evict.bind(policy)
  policy.evict = () => {
    const slot = evict()
    if (slot !== 0) see(slot)
    return slot
  }
  return policy
}
