import { deepStrictEqual } from 'node:assert/strict'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { Encoder } from 'cbor-x'
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

  it('cbor reads plain CBOR, which it wrote before it packed values', () => {
    const value = { id: 1, tags: ['a', { b: null }], when: new Date(5), map: new Map([[1, new Set([2])]]) }
    const plain = new Encoder({ useRecords: false, tagUint8Array: true, variableMapSize: true }).encode(value)
    deepStrictEqual(cborCodec().decode(plain), value)
  })

  it('cbor keeps apart the long texts, undefined and -0 of a Set and of the keys of a Map', () => {
    const items = [
      'a text of some length',
      'another text of some length',
      undefined,
      'short',
      -0.5,
      Number.NaN,
    ]
    const value = [
      new Set(items),
      new Map(items.map(item => [item, item])),
      new Map([[{ a: items }, new Set([items])]]),
    ]
    deepStrictEqual(cborCodec().decode(cborCodec().encode(value)), value)
  })

  it('keeps -0 wherever it stands, also beside a text that reads like it', () => {
    const value = { a: -0, b: [0, -0, '-0', '-00'], '-0': -0, 'x"-0"': [-0] }
    for (const codec of [cborCodec(), jsonCodec()])
      for (const each of [-0, value]) deepStrictEqual(codec.decode(codec.encode(each)), each)
  })

  it('cbor keeps an object without a prototype, and text that begins with a byte order mark', () => {
    const codec = cborCodec()
    const bare = Object.assign(Object.create(null), { a: 1, inner: Object.create(null) })
    const marked = ['\ufeff', '\ufeffab', `\ufeff${'x'.repeat(50)}`, `\ufeff${'x'.repeat(9000)}`]
    for (const value of [
      bare,
      [bare, bare],
      marked,
      ...marked,
      { marked, map: new Map([[marked[2], marked]]) },
    ])
      deepStrictEqual(codec.decode(codec.encode(value)), value)
  })
})
