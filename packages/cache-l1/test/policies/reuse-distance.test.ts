import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createPolicy, defaultEviction, type Eviction } from '../../src/eviction.ts'
import { DatedGhost } from '../../src/policies/dated-ghost.ts'
import { WindowShare } from '../../src/policies/window-share.ts'
import type { SlotFacts } from '../../src/policy.ts'
import { aRun, Driver, type Model, type Run, runs } from './driver.ts'

const driverOf = (name: Eviction) => new Driver((facts, now) => createPolicy(name, facts, now))

/**
 * Window and main as arrays from the oldest to the newest, dates as whole numbers. Its ghost and share are of the same
 * classes as the policy's, which have tests of their own. So few entries that every use is told.
 */
class ReuseModel implements Model {
  readonly #facts: SlotFacts
  readonly #uses = new Map<number, number>()
  readonly #dates = new Map<number, number>()
  #window: number[] = []
  #main: number[] = []
  #ghost = new DatedGhost(0)
  #share = new WindowShare()
  #now = 0
  #misses = 0
  #unit = 1
  #full = false
  #cameLast = true

  constructor(facts: SlotFacts) {
    this.#facts = facts
  }

  add(slot: number): void {
    const returns = this.#full && this.#isBack(slot)
    this.#enter(slot, returns ? this.#main : this.#window)
    if (this.#cameLast) {
      const width = this.#full ? this.#share.width : this.#entries() * 0.1
      if (this.#window.length > Math.max(1, width)) this.#promote()
    }
    this.#cameLast = true
  }

  use(slot: number): void {
    const used = this.#uses.get(slot) ?? 0
    this.#uses.set(slot, Math.min(3, used + 1))
    if (!this.#full) return
    if (this.#window.includes(slot)) this.#share.reused(this.#age(slot), 1)
    else if (used < 3) this.#share.earned(1)
  }

  change(slot: number): void {
    this.use(slot)
  }

  remove(slot: number): void {
    this.#window = this.#window.filter(each => each !== slot)
    this.#main = this.#main.filter(each => each !== slot)
  }

  evict(): number {
    if (this.#entries() === 0) return 0
    this.#cameLast = false
    if (!this.#full) {
      this.#full = true
      this.#share = new WindowShare(this.#entries())
      this.#ghost = new DatedGhost(2 * this.#entries())
      this.#unit = Math.max(1, Math.round(this.#entries() / 16))
    }
    const left = this.#leavesWindow()
    if (left === undefined) this.#passHand()
    const victim = left ?? (this.#main[0] as number)
    this.remove(victim)
    return victim
  }

  #leavesWindow(): number | undefined {
    const { width, renewing } = this.#share
    const enough = width > this.#entries() / 3 ? 1 : 2
    if (this.#window.length > width + 1) this.#promote()
    for (;;) {
      const slot = this.#window[0]
      if (slot === undefined || (this.#window.length < width && this.#main.length > 0)) return undefined
      const uses = this.#uses.get(slot) ?? 0
      if (uses < enough && (uses > 0 || !renewing)) return slot
      this.#promote()
      if (renewing) return undefined
    }
  }

  /** Brings an unused entry to the end of main. */
  #passHand(): void {
    for (;;) {
      const slot = this.#main[0]
      const uses = slot === undefined ? 0 : (this.#uses.get(slot) ?? 0)
      if (slot === undefined || uses === 0) return
      this.#main.shift()
      this.#enter(slot, this.#main)
      this.#uses.set(slot, Math.floor(uses / 2))
    }
  }

  #isBack(slot: number): boolean {
    this.#misses += 1
    if (this.#misses >= this.#unit) this.#passUnit()
    const hash = this.#facts.hashOf(slot)
    const age = this.#ghost.meet(hash, this.#now)
    if (age < 0) return false
    this.#share.reused(age, 1)
    this.#passHand()
    if (this.#main.length > 0 && age >= this.#age(this.#main[0] as number)) return false
    this.#ghost.forget(hash)
    return true
  }

  #passUnit(): void {
    const entries = this.#entries() + 1
    this.#misses = 0
    this.#now += 1
    this.#share.review({ entries, main: this.#main.length, unit: this.#unit, weight: 1 })
    this.#unit = Math.max(1, Math.round(entries / 16))
    const cells = 2 * entries
    if (cells > this.#ghost.length * 1.5 || cells < this.#ghost.length / 4)
      this.#ghost = new DatedGhost(cells)
  }

  #promote(): void {
    this.#enter(this.#window.shift() as number, this.#main)
  }

  #enter(slot: number, list: number[]): void {
    list.push(slot)
    this.#uses.set(slot, 0)
    this.#dates.set(slot, this.#now)
  }

  #age(slot: number): number {
    return this.#now - (this.#dates.get(slot) ?? 0)
  }

  #entries(): number {
    return this.#window.length + this.#main.length
  }
}

/** Hits in percent of the requests from `from` on. */
function hits(name: Eviction, capacity: number, keys: readonly number[], from = 0): number {
  const driver = driverOf(name)
  let found = 0
  keys.forEach((key, index) => {
    if (driver.slots.has(key)) found += index >= from ? 1 : 0
    else if (driver.slots.size === capacity) driver.evict()
    driver.get(key)
  })
  return (100 * found) / (keys.length - from)
}

/** Numbers in [0, 1), the same in each run. */
function draws(): () => number {
  let state = 0x2545f491
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

describe('reuse-distance', () => {
  it('is the default', () => expect(defaultEviction).toBe('reuse-distance'))

  it('evicts what a plain model evicts, whatever happens', () => {
    const holds = (run: Run) => {
      const model = (facts: SlotFacts) => new ReuseModel(facts)
      new Driver((facts, now) => createPolicy('reuse-distance', facts, now), model).play(run).drain()
    }
    fc.assert(fc.property(aRun, holds), runs)
  })

  it('evicts what a plain model evicts over a long time of few keys', () => {
    const holds = (capacity: number, keys: number[]) => {
      const model = (facts: SlotFacts) => new ReuseModel(facts)
      const driver = new Driver((facts, now) => createPolicy('reuse-distance', facts, now), model)
      for (const key of keys) {
        if (!driver.slots.has(key) && driver.slots.size === capacity) driver.evict()
        driver.get(key)
      }
      driver.drain()
    }
    const keys = fc.array(fc.nat(60), { minLength: 500, maxLength: 3_000, size: 'max' })
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), keys, holds), { numRuns: 100 })
  })

  it.each([1, 2, 3, 10])('keeps what came last in a cache of %d', capacity => {
    const driver = driverOf('reuse-distance')
    const draw = draws()
    for (let request = 0; request < 5_000; request += 1) {
      const key = Math.floor(draw() * draw() * 40)
      if (!driver.slots.has(key) && driver.slots.size === capacity) driver.evict()
      driver.get(key)
      expect([driver.slots.has(key), driver.slots.size <= capacity]).toEqual([true, true])
    }
  })

  it.each([100, 1_000])('hits a part of a loop of twice its %d entries in every round', capacity => {
    const loop = Array.from({ length: 60 * capacity }, (_, index) => index % (2 * capacity))
    expect(hits('lru', capacity, loop)).toBe(0)
    expect(hits('reuse-distance', capacity, loop, 20 * capacity)).toBeGreaterThan(0.8 * 50)
  })

  it('is as good as lru where keys come twice and never again', () => {
    const draw = draws()
    const keys = Array.from({ length: 60_000 }, (_, index) =>
      index % 2 === 1 && index > 400 ? index - 1 - 2 * Math.floor(draw() * 200) : index,
    )
    const byRecency = hits('lru', 500, keys)
    expect(byRecency).toBeGreaterThan(25)
    expect(hits('reuse-distance', 500, keys)).toBeGreaterThan(byRecency - 2)
  })

  it('keeps a hot set that fitted through a scan of ten times the cache', () => {
    const draw = draws()
    const hot = () => Math.floor(draw() * 400)
    const before = Array.from({ length: 10_000 }, hot)
    const scan = Array.from({ length: 5_000 }, (_, index) => 1_000 + index)
    const after = Array.from({ length: 400 }, (_, index) => index)
    const keys = [...before, ...scan, ...after]
    expect(hits('lru', 500, keys, 15_000)).toBe(0)
    expect(hits('reuse-distance', 500, keys, 15_000)).toBeGreaterThan(85)
  })

  it('follows a cache that was cut down and grows again', () => {
    const driver = driverOf('reuse-distance')
    const draw = draws()
    for (const capacity of [4_000, 40, 1_000])
      for (let request = 0; request < 20_000; request += 1) {
        const key = Math.floor(draw() * draw() * 8_000)
        while (driver.slots.size > capacity) driver.evict()
        if (!driver.slots.has(key) && driver.slots.size === capacity) driver.evict()
        driver.get(key)
        expect(driver.slots.has(key)).toBe(true)
      }
    expect(driver.slots.size).toBe(1_000)
  })
})
