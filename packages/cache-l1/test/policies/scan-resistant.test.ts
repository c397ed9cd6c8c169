import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createPolicy } from '../../src/eviction.ts'
import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import { Ghost } from '../../src/policies/ghost.ts'
import { createWTinyLfu } from '../../src/policies/w-tinylfu.ts'
import { WindowClimber } from '../../src/policies/window-climber.ts'
import type { SlotFacts } from '../../src/policy.ts'
import { aRun, Driver, type Model, type Run, runs } from './driver.ts'

// The models have a ghost, a sketch and a climber of their own, of the same classes as the policies: these have tests
// of their own, against exact counterparts.

/** Algorithm 1 of the paper, with the capacity taken as the entries present; queues run from tail to head. */
function s3FifoModel(facts: SlotFacts): Model {
  const small: number[] = []
  const main: number[] = []
  const uses = new Map<number, number>()
  const ghost = new Ghost()
  let ghostUsed = false
  const raise = (slot: number) => uses.set(slot, Math.min(3, (uses.get(slot) ?? 0) + 1))
  const evictMain = () => {
    for (;;) {
      const tail = main.shift()
      if (tail === undefined) return 0
      const left = uses.get(tail) ?? 0
      if (left === 0) return tail
      uses.set(tail, left - 1)
      main.push(tail)
    }
  }
  const evictSmall = (mainSize: number) => {
    for (;;) {
      const tail = small.shift()
      if (tail === undefined) return evictMain()
      if ((uses.get(tail) ?? 0) > 1) {
        uses.set(tail, 0)
        main.push(tail)
        if (main.length > mainSize) return evictMain()
      } else {
        ghost.add(facts.hashOf(tail))
        ghostUsed = true
        return tail
      }
    }
  }
  return {
    add: slot => {
      const length = Math.ceil((small.length + main.length) * 0.9)
      uses.set(slot, 0)
      if (ghostUsed && ghost.take(facts.hashOf(slot), length)) main.push(slot)
      else small.push(slot)
    },
    use: raise,
    change: raise,
    remove: slot => {
      for (const queue of [small, main]) if (queue.includes(slot)) queue.splice(queue.indexOf(slot), 1)
    },
    evict: () => {
      const total = small.length + main.length
      const smallSize = Math.max(1, Math.round(total / 10))
      return small.length >= smallSize ? evictSmall(total - smallSize) : evictMain()
    },
    grow: length => ghost.grow(Math.ceil(length * 0.9)),
  }
}

const without = (list: number[], slot: number) => list.filter(each => each !== slot)

/** Window, probation and protected as arrays from the least recent to the most recent. */
class WTinyLfuModel implements Model {
  window: number[] = []
  probation: number[] = []
  guarded: number[] = []
  readonly #sketch = new FrequencySketch()
  readonly #climber = new WindowClimber()
  readonly #facts: SlotFacts
  #random = 0x2545f491

  constructor(facts: SlotFacts) {
    this.#facts = facts
  }

  add(slot: number): void {
    this.window.push(slot)
    this.#count(slot, false)
    for (let step = 0; step < 2; step += 1)
      if (this.window.length > this.#windowSize()) this.probation.push(this.window.shift() as number)
  }

  use(slot: number): void {
    this.#count(slot, true)
    if (this.window.includes(slot)) this.window = [...without(this.window, slot), slot]
    else if (this.guarded.includes(slot)) this.guarded = [...without(this.guarded, slot), slot]
    else {
      this.probation = without(this.probation, slot)
      this.guarded.push(slot)
      for (let step = 0; step < 2; step += 1) {
        const most = Math.floor((this.probation.length + this.guarded.length) * 0.8)
        if (this.guarded.length > most) this.probation.push(this.guarded.shift() as number)
      }
    }
  }

  change(slot: number): void {
    this.use(slot)
  }

  remove(slot: number): void {
    this.window = without(this.window, slot)
    this.probation = without(this.probation, slot)
    this.guarded = without(this.guarded, slot)
  }

  evict(): number {
    const victim = this.probation[0] ?? this.guarded[0]
    const candidate = this.window[0]
    if (victim === undefined && candidate === undefined) return 0
    const full = this.window.length >= this.#windowSize()
    const goes =
      victim === undefined || (full && !this.#admits(candidate as number, victim)) ? candidate : victim
    if (goes === victim && full && victim !== undefined) {
      this.window.shift()
      this.probation.push(candidate as number)
    }
    this.remove(goes as number)
    return goes as number
  }

  grow(length: number): void {
    this.#sketch.grow(length)
  }

  #admits(candidate: number, victim: number): boolean {
    const seen = this.#sketch.frequency(this.#facts.hashOf(candidate))
    if (seen > this.#sketch.frequency(this.#facts.hashOf(victim))) return true
    if (seen < 6) return false
    this.#random ^= this.#random << 13
    this.#random ^= this.#random >>> 17
    this.#random ^= this.#random << 5
    return this.#random % 128 === 0
  }

  #windowSize(): number {
    return Math.max(1, Math.floor(this.#entries() * this.#climber.share))
  }

  #entries(): number {
    return this.window.length + this.probation.length + this.guarded.length
  }

  #count(slot: number, hit: boolean): void {
    this.#sketch.count(this.#facts.hashOf(slot), this.#entries())
    this.#climber.record(hit, this.#entries())
  }
}

describe('s3-fifo', () => {
  it('evicts what the algorithm of the paper evicts, whatever happens', () => {
    const holds = (run: Run) => {
      new Driver((facts, now) => createPolicy('s3-fifo', facts, now), s3FifoModel).play(run).drain()
    }
    fc.assert(fc.property(aRun, holds), runs)
  })

  it('lets what is used once go, and takes it into main when it comes back', () => {
    const driver = new Driver((facts, now) => createPolicy('s3-fifo', facts, now))
    for (let key = 1; key <= 10; key += 1) driver.get(key)
    // 1 is used twice and moves to main; 2, used once, goes.
    for (const key of [1, 1, 2]) driver.get(key)
    expect(driver.evict()).toBe(2)
    driver.get(2)
    for (let key = 11; key <= 18; key += 1) {
      driver.evict()
      driver.get(key)
    }
    expect(driver.evicted).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect([driver.slots.has(1), driver.slots.has(2)]).toEqual([true, true])
  })
})

describe('w-tinylfu', () => {
  it('evicts what a plain model evicts, whatever happens', () => {
    const holds = (run: Run) => {
      const model = (facts: SlotFacts) => new WTinyLfuModel(facts)
      new Driver((facts, now) => createPolicy('w-tinylfu', facts, now), model).play(run).drain()
    }
    fc.assert(fc.property(aRun, holds), runs)
  })

  it('does the same with wide windows', () => {
    const holds = (run: Run, share: number) => {
      const climb = { share, record: () => {}, reset: () => {} }
      new Driver(facts => createWTinyLfu(facts, climb)).play(run).drain()
    }
    fc.assert(fc.property(aRun, fc.double({ min: 0, max: 0.8, noNaN: true }), holds), runs)
  })

  it('keeps what is used often through a scan', () => {
    const driver = new Driver((facts, now) => createPolicy('w-tinylfu', facts, now))
    for (let round = 0; round < 4; round += 1) for (let key = 0; key < 10; key += 1) driver.get(key)
    for (let key = 100; key < 200; key += 1) {
      driver.evict()
      driver.get(key)
    }
    const kept = Array.from({ length: 10 }, (_, key) => key).filter(key => driver.slots.has(key))
    expect(kept.length).toBeGreaterThanOrEqual(9)
  })

  it('is not held shut by one frequent victim', () => {
    const driver = new Driver((facts, now) => createPolicy('w-tinylfu', facts, now))
    // So large a sketch that its counters stay at 15 throughout.
    driver.grow(2_000)
    for (let use = 0; use < 20; use += 1) for (let key = 0; key < 4; key += 1) driver.get(key)
    let turns = 0
    while ([0, 1, 2, 3].every(key => driver.slots.has(key)) && turns < 5_000) {
      turns += 1
      // Attackers keep the four at the top of the sketch; others come just as often and would never be let in.
      for (let use = 0; use < 16; use += 1) for (let key = 0; key < 4; key += 1) driver.get(key)
      driver.get(10)
      for (let use = 0; use < 16; use += 1) driver.get(10)
      driver.evict()
    }
    expect(turns).toBeLessThan(5_000)
  })
})
