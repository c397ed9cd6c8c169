import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Ghost } from '../../src/policies/ghost.ts'

/** Well mixed, and another for another number. */
const hashOf = (number: number) => {
  const mixed = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d)
  const again = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return again ^ (again >>> 15)
}

describe('Ghost', () => {
  it('is an exact queue as long as one bucket does', () => {
    const holds = (keys: number[]) => {
      const ghost = new Ghost()
      ghost.grow(16)
      let queue: number[] = []
      for (const key of keys) {
        const known = ghost.take(hashOf(key), 16)
        if (known !== queue.includes(key)) throw new Error(`${key} known: ${known}`)
        queue = queue.filter(each => each !== key)
        ghost.add(hashOf(key))
        queue = [key, ...queue].slice(0, 16)
      }
    }
    fc.assert(fc.property(fc.array(fc.nat(24), { maxLength: 200, size: 'max' }), holds), { numRuns: 1_000 })
  })

  it('remembers the last as many as it has room for, nearly', () => {
    const ghost = new Ghost()
    ghost.grow(8_000)
    for (let key = 0; key < 40_000; key += 1) ghost.add(hashOf(key))
    const known = (from: number, to: number) => {
      let found = 0
      for (let key = from; key < to; key += 1) if (ghost.take(hashOf(key), 8_000)) found += 1
      return found / (to - from)
    }
    expect(known(100_000, 108_000)).toBeLessThan(0.001)
    expect(known(0, 24_000)).toBeLessThan(0.01)
    expect(known(36_000, 40_000)).toBeGreaterThan(0.98)
    expect(known(32_000, 36_000)).toBeGreaterThan(0.6)
  })

  it('can be asked for the last few only', () => {
    const ghost = new Ghost()
    ghost.grow(8_000)
    for (let key = 0; key < 8_000; key += 1) ghost.add(hashOf(key))
    const found = (from: number, to: number) => {
      let count = 0
      for (let key = from; key < to; key += 1) if (ghost.take(hashOf(key), 4_000)) count += 1
      return count / (to - from)
    }
    expect(found(0, 2_000)).toBeLessThan(0.1)
    expect(found(6_000, 8_000)).toBeGreaterThan(0.9)
  })

  it('knows after growing what it knew', () => {
    for (const length of [32, 64, 100, 1_000]) {
      const ghost = new Ghost()
      ghost.grow(16)
      for (let key = 0; key < 16; key += 1) ghost.add(hashOf(key))
      ghost.grow(length)
      for (let key = 0; key < 16; key += 1) expect(ghost.take(hashOf(key), 2 * length)).toBe(true)
    }
  })

  it('forgets when cleared', () => {
    const ghost = new Ghost()
    ghost.grow(16)
    ghost.add(5)
    ghost.clear()
    ghost.grow(16)
    expect(ghost.take(5, 16)).toBe(false)
  })
})
