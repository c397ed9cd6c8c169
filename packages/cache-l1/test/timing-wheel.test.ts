import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { TimingWheel } from '../src/timing-wheel.ts'
import type { Made } from './policies/driver.ts'

const never = Number.POSITIVE_INFINITY
const tickMs = 1024
const start = 1_700_000_000_000.5
const year = 365.25 * 86_400_000

const ahead = fc.oneof(
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.double({ min: 0, max: 10 ** 6, noNaN: true }),
  fc.double({ min: 0, max: 10 ** 10, noNaN: true }),
  fc.constantFrom(tickMs, 64 * tickMs, 4096 * tickMs, 64 ** 3 * tickMs, 64 ** 4 * tickMs, 64 ** 5 * tickMs),
  fc.constantFrom(34 * year, 40 * year, 90 * year, never),
)
const aStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('schedule' as const),
      id: fc.integer({ min: 1, max: 30 }),
      ahead,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cancel' as const), id: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), by: ahead.filter(by => by !== never) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'next' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('approach' as const), by: ahead.filter(by => by !== never) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('grow' as const), by: fc.nat(10) }) },
)

describe('TimingWheel', () => {
  it('calls back exactly what a plain list of dates says is due', () => {
    const holds = (steps: Made<typeof aStep>[]) => {
      const wheel = new TimingWheel(start)
      const dates = new Map<number, number>()
      let now = start
      let length = 31
      wheel.grow(length)
      const advance = () => {
        const due: number[] = []
        wheel.advance(now, id => due.push(id))
        const expected = [...dates].filter(([, at]) => at <= now).map(([id]) => id)
        expect(due.sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b))
        for (const id of due) dates.delete(id)
      }
      for (const step of steps) {
        if (step.kind === 'schedule') {
          wheel.schedule(step.id, now + step.ahead)
          dates.set(step.id, now + step.ahead)
        } else if (step.kind === 'cancel') {
          wheel.cancel(step.id)
          dates.delete(step.id)
        } else if (step.kind === 'grow') {
          length += step.by
          wheel.grow(length)
        } else if (step.kind === 'approach') wheel.approach(now + step.by)
        else {
          now = step.kind === 'advance' ? now + step.by : Math.min(wheel.next(), now + 200 * year)
          advance()
        }
        expect(wheel.earliest() === 0).toBe(dates.size === 0)
        if (dates.size > 0) expect(dates.has(wheel.earliest())).toBe(true)
      }
      now += 400 * year
      advance()
      expect([...dates.values()].every(at => at === never)).toBe(true)
    }
    fc.assert(fc.property(fc.array(aStep, { maxLength: 80, size: 'max' }), holds), { numRuns: 1_500 })
  })

  it('is never late by more than a tick if it is advanced when it asks, and does not ask often', () => {
    const holds = (lives: number[]) => {
      const wheel = new TimingWheel(start)
      const dates = lives.map(life => start + life)
      wheel.grow(dates.length + 1)
      for (const [index, at] of dates.entries()) wheel.schedule(index + 1, at)
      let calls = 0
      let gone = 0
      for (let now = wheel.next(); now < never; now = wheel.next()) {
        calls += 1
        wheel.advance(now, id => {
          gone += 1
          expect(now - Math.max(start, dates[id - 1] as number)).toBeLessThanOrEqual(tickMs)
        })
      }
      expect(gone).toBe(dates.length)
      expect(calls).toBeLessThanOrEqual(5 * dates.length)
    }
    const life = fc.oneof(
      fc.integer({ min: -10, max: 10_000 }),
      fc.double({ min: 0, max: 10 ** 11, noNaN: true }),
    )
    fc.assert(fc.property(fc.array(life, { maxLength: 60, size: 'max' }), holds), { numRuns: 1_000 })
  })

  it('calls back bucket by bucket, in a bucket in the order of scheduling', () => {
    const wheel = new TimingWheel(0)
    wheel.grow(10)
    for (const [id, at] of [
      [1, 900_000],
      [2, 70_000],
      [3, 1_500],
      [4, 1_400],
      [5, 20],
      [6, -7],
    ] as const)
      wheel.schedule(id, at)
    const due: number[] = []
    expect(wheel.earliest()).toBe(5)
    expect(wheel.next()).toBe(1_024)
    wheel.advance(10 ** 6, id => due.push(id))
    expect(due).toEqual([5, 6, 3, 4, 2, 1])
    expect([wheel.next(), wheel.earliest()]).toEqual([never, 0])
  })

  it('has nothing to wait for in what never comes', () => {
    const wheel = new TimingWheel(0)
    wheel.grow(2)
    wheel.schedule(1, never)
    expect([wheel.next(), wheel.earliest()]).toEqual([never, 1])
  })

  it('may be told of new dates, past ones too, while it calls back', () => {
    const wheel = new TimingWheel(0)
    wheel.grow(4)
    for (const id of [1, 2, 3]) wheel.schedule(id, 10)
    const due: number[] = []
    const advance = (now: number) =>
      wheel.advance(now, id => {
        due.push(id)
        if (due.length > 3) return
        wheel.schedule(id, 5)
        wheel.cancel(2)
      })
    advance(3_000)
    expect(due).toEqual([1, 3])
    advance(3_000)
    expect(due).toEqual([1, 3, 1, 3])
    wheel.clear()
    expect(wheel.earliest()).toBe(0)
  })

  it('follows a clock that jumps by decades, and waits for one that went back', () => {
    const wheel = new TimingWheel(0)
    wheel.grow(4)
    wheel.schedule(1, start)
    wheel.schedule(2, start + 5_000)
    const due: number[] = []
    wheel.advance(start + 100, id => due.push(id))
    expect(due).toEqual([1])
    wheel.schedule(3, 50)
    wheel.advance(40, id => due.push(id))
    expect(due).toEqual([1])
    wheel.advance(60, id => due.push(id))
    expect(due).toEqual([1, 3])
    expect(wheel.next()).toBeLessThan(start + 5_000 + 2 * tickMs)
  })
})
