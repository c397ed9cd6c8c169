import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DatedGhost } from '../../src/policies/dated-ghost.ts'

/** Well mixed, and another for another number. */
const hashOf = (number: number) => {
  const mixed = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d)
  const again = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return again ^ (again >>> 15)
}
/** Whether a ghost takes the one for the other. */
const alike = (one: number, other: number) => {
  const ghost = new DatedGhost(8)
  ghost.meet(one, 0)
  return ghost.meet(other, 0) === 0
}
/** Twenty hashes of which no two are alike. */
const apart: number[] = []
for (let key = 1; apart.length < 20; key += 1)
  if (!apart.some(other => alike(other, hashOf(key)))) apart.push(hashOf(key))

describe('DatedGhost', () => {
  it('is an exact queue with dates as long as one bucket does, but for ages of 64 and more', () => {
    const holds = (steps: { key: number; wait: number; forgotten: boolean }[]) => {
      const ghost = new DatedGhost(8)
      let queue: { key: number; date: number }[] = []
      let now = 0
      for (const { key, wait, forgotten } of steps) {
        now += wait
        const known = queue.find(each => each.key === key)
        const age = known === undefined ? -1 : now - known.date
        const told = ghost.meet(apart[key] as number, now)
        if (told !== age && (age < 64 || (told !== -1 && told !== age % 64)))
          throw new Error(`${key} is ${age} old, not ${told}`)
        // Who is taken for forgotten keeps its cell: the queue and the bucket would differ from here on.
        if (told === -1 && queue.some(each => now - each.date >= 64)) return
        queue = [{ key, date: now }, ...queue.filter(each => each.key !== key)].slice(0, 8)
        if (!forgotten) continue
        ghost.forget(apart[key] as number)
        queue.shift()
      }
    }
    const step = fc.record({ key: fc.nat(19), wait: fc.nat(8), forgotten: fc.boolean() })
    fc.assert(fc.property(fc.array(step, { maxLength: 200, size: 'max' }), holds), { numRuns: 1_500 })
  })

  it('remembers with their ages the last as many as it has cells for, nearly', () => {
    const right = (from: number, to: number) => {
      const ghost = new DatedGhost(8_000)
      for (let key = 0; key < 40_000; key += 1) ghost.meet(hashOf(key), key >>> 8)
      let found = 0
      for (let key = from; key < to; key += 1) {
        const age = ghost.meet(hashOf(key), 40_000 >>> 8)
        ghost.forget(hashOf(key))
        if (age === (40_000 >>> 8) - (key >>> 8)) found += 1
      }
      return found / (to - from)
    }
    expect(right(39_000, 40_000)).toBeGreaterThan(0.97)
    expect(right(34_000, 36_000)).toBeGreaterThan(0.6)
    expect(right(0, 20_000)).toBeLessThan(0.01)
  })

  it('finds a key that was never there in 0.8 % of the cases at most', () => {
    const ghost = new DatedGhost(8_000)
    let found = 0
    for (let key = 0; key < 200_000; key += 1) if (ghost.meet(hashOf(key), 0) >= 0) found += 1
    expect(found / 200_000).toBeLessThan(0.0085)
  })

  it('tells how long ago a key was met last, and nothing of one that is to be forgotten', () => {
    const ghost = new DatedGhost(100)
    expect([10, 15, 17].map(now => ghost.meet(hashOf(1), now))).toEqual([-1, 5, 2])
    ghost.forget(hashOf(1))
    expect(ghost.meet(hashOf(1), 20)).toBe(-1)
  })

  it('knows nothing without cells', () => {
    const ghost = new DatedGhost(0)
    ghost.meet(hashOf(1), 0)
    ghost.forget(hashOf(1))
    expect([ghost.length, ghost.meet(hashOf(1), 0)]).toEqual([0, -1])
  })
})
