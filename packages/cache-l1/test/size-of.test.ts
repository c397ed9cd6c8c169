import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { sizeOf } from '../src/size-of.ts'

const run = promisify(execFile)

interface Figure {
  kind: string
  real: number
  estimated: number
}

describe('sizeOf, held against the real heap', () => {
  it('is within 25 % of it for every kind of value', async () => {
    const script = join(import.meta.dirname, 'fixtures/heap-of-values.ts')
    const flags = ['--expose-gc', '--conditions=greenlang-source', '--import', 'tsx', script]
    const { stdout } = await run(process.execPath, flags, { timeout: 120_000 })
    const figures: Figure[] = JSON.parse(stdout)
    expect(figures.length).toBeGreaterThan(25)
    const wrong = figures.filter(
      ({ real, estimated }) => !(real / estimated > 0.75 && real / estimated < 1.25),
    )
    expect(wrong).toEqual([])
  }, 150_000)
})

describe('sizeOf', () => {
  const text = (length: number, letter = 'a') => letter.repeat(length)

  it.each<[string, unknown, number]>([
    ['undefined', undefined, 0],
    ['null', null, 0],
    ['true', true, 0],
    ['a small integer', -5, 0],
    ['a double', 0.5, 16],
    ['-0', -0, 16],
    ['a time', 1.7e12, 16],
    ['the empty text, which all share', '', 0],
    ['one letter, which all share', 'é', 0],
    ['one letter of two bytes', 'я', 24],
    ['200 letters', text(200), 216],
    ['200 letters of two bytes', text(200, 'я'), 416],
    ['200 letters, the last of two bytes', `${text(199)}я`, 416],
    ['bigint', 2n ** 62n, 24],
    ['a large bigint', -(2n ** 100n), 32],
    ['{}', {}, 56],
    ['an object', { a: 1, b: true, c: null }, 48],
    ['a list', [1, 2, 3], 72],
    ['a list of doubles', [1.5, 2.5, 3.5], 72],
    ['a mixed list', [1.5, 2.5, null], 104],
    ['a date', new Date(0), 112],
    ['a Map', new Map(), 184],
    ['a Set', new Set(), 152],
    ['10 kB', Buffer.allocUnsafeSlow(10_240), 10_424],
  ])('knows %s', (_what, value, bytes) => {
    expect(sizeOf(value)).toBe(bytes)
  })

  it('counts what is shared once, and ends in cycles', () => {
    const part = { text: text(1_000) }
    expect(sizeOf([part, part, part])).toBe(sizeOf([part]) + 16)
    const cycle: { self?: unknown } = {}
    cycle.self = [cycle, cycle]
    expect(sizeOf(cycle)).toBe(32 + 64)
    const buffer = new ArrayBuffer(10_000)
    expect(sizeOf([new Uint8Array(buffer), new Uint8Array(buffer, 100)]) - sizeOf(buffer)).toBe(64 + 2 * 96)
  })

  it('counts all of the memory that a part of it keeps alive, but not the pool of small Buffers', () => {
    expect(sizeOf(Buffer.allocUnsafeSlow(100_000).subarray(5, 105))).toBeGreaterThan(100_000)
    expect(sizeOf(Buffer.from(text(100)))).toBe(96 + 104)
  })

  it('runs no getter, no toJSON and no trap', () => {
    let ran = 0
    const run = () => {
      ran += 1
      return text(1_000)
    }
    const traps = new Proxy({}, { get: () => run })
    const value = {
      get a() {
        return run()
      },
      toJSON: run,
      proxy: new Proxy({ a: text(1_000) }, traps),
      list: new Proxy([text(1_000)], traps),
      map: new (class extends Map {
        override get size() {
          return run().length
        }
        override entries() {
          run()
          return super.entries()
        }
      })(),
    }
    expect([sizeOf(value) < 1_000, ran]).toEqual([true, 0])
  })

  it('never throws', () => {
    const revoked = Proxy.revocable([], {})
    revoked.revoke()
    const taken = new ArrayBuffer(100)
    const values = [new Uint8Array(taken), new DataView(taken), taken]
    structuredClone(taken, { transfer: [taken] })
    const odd: unknown[] = [
      revoked.proxy,
      values,
      () => 1,
      Symbol('a'),
      new WeakMap(),
      Promise.resolve(1),
      new Error('a'),
      globalThis,
    ]
    odd.push(
      Object.create(Map.prototype),
      new SharedArrayBuffer(10),
      /a/,
      new Date(Number.NaN),
      Object(1),
      new URL('a:b'),
    )
    for (const value of [...odd, odd]) expect([sizeOf(value) > 0, sizeOf(value) % 8]).toEqual([true, 0])
  })

  it('sees the message and cause of an error, and what is set on it', () => {
    const plain = sizeOf(new Error('a'))
    const rich = new Error(text(1_000), { cause: { text: text(2_000) } })
    expect(sizeOf(Object.assign(rich, { query: text(4_000) })) - plain).toBeGreaterThan(7_000)
  })
})

describe('sizeOf of what is large', () => {
  const row = (index: number) => ({ index, text: 'a'.repeat(84), more: { at: index + 0.5 } })

  it('tells a list from a part of it, to within 5 %', () => {
    const one = sizeOf([row(0)]) - sizeOf([])
    for (const length of [129, 1_000, 20_000]) {
      const bytes = sizeOf(Array.from({ length }, (_, index) => row(index)))
      expect(bytes / (one * length)).toBeGreaterThan(0.9)
      expect(bytes / (one * length)).toBeLessThan(1.05)
    }
  })

  it('tells a Map, a Set and an object of many names from a part', () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => row(index))
    const held = sizeOf(row(0)) * rows.length
    const entries = rows.map((one, index) => [String.fromCharCode(97 + (index % 26)) + index, one] as const)
    for (const value of [new Map(entries), new Set(rows), Object.fromEntries(entries)]) {
      expect(sizeOf(value) / held).toBeGreaterThan(1)
      expect(sizeOf(value) / held).toBeLessThan(1.6)
    }
  })

  it('tells a tree of 160 000 objects from its paths', () => {
    const deep = (depth: number): unknown =>
      depth === 0 ? row(1) : Array.from({ length: 20 }, () => deep(depth - 1))
    const leaf = sizeOf(row(0))
    const bytes = sizeOf(deep(4))
    expect(bytes / (leaf * 20 ** 4)).toBeGreaterThan(0.5)
    expect(bytes / (leaf * 20 ** 4)).toBeLessThan(2)
  })

  it('ends after 8000 objects, and takes the known rest for their mean', () => {
    const wide = (depth: number): unknown =>
      depth === 0
        ? {}
        : Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}`, wide(depth - 1)]))
    const bytes = sizeOf(wide(3))
    expect(bytes / (30 ** 3 * sizeOf({}) + 31 * 30 * 264)).toBeGreaterThan(0.2)
    expect(bytes / (30 ** 3 * sizeOf({}) + 31 * 30 * 264)).toBeLessThan(1.5)
  })

  it('goes as deep as a list is long, without recursion', () => {
    let list: unknown
    for (let index = 0; index < 100_000; index += 1) list = { next: list }
    expect(sizeOf(list)).toBeGreaterThan(5_000 * 32 - 1)
  })

  it('takes a long list without members for a table', () => {
    const sparse: number[] = []
    sparse[4_000_000] = 1
    expect(sizeOf(sparse)).toBeLessThan(1_000)
  })
})
