import { deepStrictEqual } from 'node:assert/strict'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { cborCodec, jsonCodec } from '../src/index.ts'
import { randomValue } from './random-value.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

describe(`round trips (SEED=${seed})`, () => {
  it.each(['cbor', 'json'] as const)('%s brings back 2000 random values as they were', kind => {
    const codec = kind === 'cbor' ? cborCodec() : jsonCodec()
    const random = seededRandom(seed)
    for (let round = 0; round < 2000; round += 1) {
      const value = randomValue(random, kind) ?? null
      // jest's own equality is misled by data properties named constructor; node's by an invalid Date.
      deepStrictEqual(codec.decode(codec.encode(value)), value)
    }
  })

  it('cbor keeps a property named constructor, and an object with 70 000 properties', () => {
    const codec = cborCodec()
    const team = { constructor: 'Ferrari', driver: { constructor: 7 } }
    deepStrictEqual(codec.decode(codec.encode(team)), team)
    const wide = Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`p${index}`, index]))
    expect(codec.decode(codec.encode(wide))).toStrictEqual(wide)
  })

  it('cbor keeps an invalid Date, and undefined inside a value', () => {
    const codec = cborCodec()
    const [date, rest] = codec.decode(
      codec.encode([new Date(Number.NaN), { a: undefined, b: [undefined] }]),
    ) as [Date, unknown]
    expect(date.getTime()).toBeNaN()
    expect(rest).toStrictEqual({ a: undefined, b: [undefined] })
  })

  it('json leaves out a property that is undefined', () => {
    const codec = jsonCodec()
    expect(codec.decode(codec.encode({ a: undefined, b: 1 }))).toStrictEqual({ b: 1 })
  })

  it('brings back -0 as 0, and an object without prototype as a plain one', () => {
    const bare = Object.assign(Object.create(null), { a: 1 })
    for (const codec of [cborCodec(), jsonCodec()]) {
      expect(Object.is(codec.decode(codec.encode(-0)), 0)).toBe(true)
      expect(codec.decode(codec.encode(bare))).toStrictEqual({ a: 1 })
    }
  })
})
