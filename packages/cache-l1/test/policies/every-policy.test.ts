import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createPolicy, type Eviction, evictionPolicies } from '../../src/eviction.ts'
import { SlotLists } from '../../src/policies/slot-list.ts'
import { aRun, aStep, Driver, type Run, runs, type Step } from './driver.ts'

const driverOf = (name: Eviction) => new Driver((facts, now) => createPolicy(name, facts, now))

describe.each(evictionPolicies)('%s', name => {
  it('evicts only what is there, each once, and in the end everything', () => {
    // The driver throws if a slot is evicted that is free, or nothing though something is there.
    const holds = (run: Run) => {
      const driver = driverOf(name).play(run).drain()
      expect([driver.slots.size, driver.evict()]).toEqual([0, -1])
    }
    fc.assert(fc.property(aRun, holds), runs)
  })

  it('has nothing to evict before anything came', () => expect(driverOf(name).evict()).toBe(-1))

  it('keeps its order when it grows', () => {
    const holds = (steps: Step[]) => {
      const run = { capacity: 20, before: true, steps: steps.filter(step => step.kind !== 'grow') }
      const [one, other] = [driverOf(name), driverOf(name)]
      for (const driver of [one, other]) {
        driver.grow(64)
        driver.play(run)
      }
      other.grow(128)
      expect(other.drain().evicted).toEqual(one.drain().evicted)
    }
    fc.assert(fc.property(fc.array(aStep, { maxLength: 100, size: 'max' }), holds), { numRuns: 300 })
  })

  it('forgets everything when cleared', () => {
    const holds = (before: Run, after: Run) => {
      const fresh = driverOf(name)
      const cleared = driverOf(name).play(before)
      cleared.clear()
      expect(cleared.evict()).toBe(-1)
      cleared.now = fresh.now
      expect(cleared.play(after).drain().evicted).toEqual(fresh.play(after).drain().evicted)
    }
    // The wheel of `ttl` keeps the time it has reached, so its buckets may be others: no wait before.
    const calm = aRun.map(run => ({ ...run, steps: run.steps.filter(step => step.kind !== 'wait') }))
    fc.assert(fc.property(calm, calm, holds), { numRuns: 300 })
  })

  it('takes no more steps a request with more entries', () => {
    const steps = [200, 2_000, 20_000].map(entries => stepsARequest(name, entries))
    const [fewest, most] = [Math.min(...steps), Math.max(...steps)]
    expect(most).toBeLessThan(8)
    expect(most).toBeLessThan(fewest * 1.5)
  })
})

/** Calls of the lists a request, over a load that has hot keys, loops and deletions, then a resize to nothing. */
function stepsARequest(name: Eviction, entries: number): number {
  const driver = driverOf(name)
  const requests = entries * 5
  const counted = countingCalls(() => {
    for (let index = 0; index < requests; index += 1) {
      const key = index % 3 === 0 ? Math.floor((index * 7919) % (entries / 4)) : index % (entries * 2)
      if (!driver.slots.has(key) && driver.slots.size === entries) driver.evict()
      if (!driver.slots.has(key)) driver.add(key, 1 + (key % 5_000), 1_000 * (key % 900))
      else driver.get(key)
      if (index % 50 === 0) driver.remove((index * 31) % entries)
      driver.now += 1
    }
    driver.drain()
  })
  return counted / requests
}

function countingCalls(work: () => void): number {
  const lists = SlotLists.prototype
  const { append, touch, remove, newer, oldest } = lists
  let calls = 0
  const counting = <A extends unknown[], R>(method: (...args: A) => R) =>
    function (this: SlotLists, ...args: A): R {
      calls += 1
      return method.apply(this, args)
    }
  Object.assign(lists, {
    append: counting(append),
    touch: counting(touch),
    remove: counting(remove),
    newer: counting(newer),
    oldest: counting(oldest),
  })
  try {
    work()
  } finally {
    Object.assign(lists, { append, touch, remove, newer, oldest })
  }
  return calls
}
