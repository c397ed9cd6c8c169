import { deepStrictEqual } from 'node:assert/strict'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { cborCodec } from '../src/index.ts'
import { randomValue } from './random-value.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const codec = cborCodec()
const again = (value: unknown) => codec.decode(codec.encode(value))
const rowsOf = (count: number, row: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => row(index))
const day = 86_400_000

/** What one property is in all rows. */
const columns: Record<string, (index: number) => unknown> = {
  bytes: index => index,
  'whole numbers below 0': index => -index * 300,
  'numbers of 32 bits': index => index * 50_000_000,
  'numbers beyond 32 bits': index => index * 2 ** 40,
  prices: index => index / 100,
  'decimals that are not exact': index => index * 0.1,
  fractions: index => 1 / (index + 3),
  '-0 among zeros': index => (index === 5 ? -0 : 0),
  '0 among -0': index => (index === 5 ? 0 : -0),
  'NaN and infinities': index => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][index % 3],
  'numbers and null': index => (index % 3 === 0 ? null : index * 1.5),
  null: () => null,
  undefined: () => undefined,
  'undefined and text': index => (index % 2 === 0 ? undefined : `text ${index}`),
  booleans: index => index % 3 === 0,
  'few texts': index => ['active', 'pending'][index % 2],
  texts: index => `customer number ${index}`,
  'texts beyond ASCII': index => `ключ ${index} 😀`,
  'texts and null': index => (index % 4 === 0 ? null : `note ${index}`),
  'empty texts': index => (index % 2 === 0 ? '' : `${index}`),
  'long texts': index => `${index}`.repeat(1000),
  'texts of 254 and 255 characters': index => 'y'.repeat(253 + (index % 4)),
  'text with a byte order mark': index => `\ufeff${index}`,
  uuids: index => `0b9c6ee2-8f2b-4b6a-9d0e-${String(index).padStart(12, '0')}`,
  'UUIDs in capitals': index => `0B9C6EE2-8F2B-4B6A-9D0E-${String(index).padStart(12, '0')}`,
  'ids of one length, one with a blank': index => (index === 7 ? 'ab c' : `ab${10 + index}`).padEnd(8, 'x'),
  'dates as texts': index => new Date(1.7e12 + index * 12_345_678_901).toISOString(),
  'dates as texts, and null': index => (index % 3 === 0 ? null : new Date(index * day).toISOString()),
  'dates that are almost dates': index => `2024-02-${String(20 + index)}T10:00:00.000Z`,
  'dates at the ends': index =>
    ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'][index % 3],
  'dates beyond the ends': index => new Date(8.64e15 - index).toISOString(),
  Date: index => new Date(index * day),
  bigint: index => BigInt(index) ** 20n,
  arrays: index => rowsOf(index % 4, at => at),
  'rows in rows': index => rowsOf(8 + (index % 3), at => ({ at, name: `inner ${at}` })),
  'objects of changing shape': index =>
    index % 2 === 0 ? { a: index } : { b: index, a: 'long text of one' },
  maps: index => new Map([['key that is long enough', { index }]]),
  buffers: index => Buffer.from([index]),
}

describe(`arrays of rows (SEED=${seed})`, () => {
  it.each(Object.entries(columns))('bring back a column of %s', (_, make) => {
    for (const count of [1, 7, 8, 9, 12, 300]) {
      const rows = rowsOf(count, index => ({ id: index, value: make(index), other: 'same' }))
      deepStrictEqual(again(rows), rows)
      deepStrictEqual(again({ rows, more: [rows], deep: { rows: new Set([rows]) } }), {
        rows,
        more: [rows],
        deep: { rows: new Set([rows]) },
      })
    }
  })

  it('bring back 500 random tables, alone and inside each other', () => {
    const random = seededRandom(seed)
    const makers = Object.values(columns)
    const table = (depth: number): unknown[] => {
      const chosen = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
        Math.floor(random() * makers.length),
      )
      return rowsOf(Math.floor(random() * 40), index =>
        Object.fromEntries(
          chosen.map((maker, at) => [
            `column ${at}`,
            random() < 0.02
              ? randomValue(random, 'cbor', 3)
              : depth < 2 && random() < 0.01
                ? table(depth + 1)
                : makers[maker]?.(index),
          ]),
        ),
      )
    }
    for (let round = 0; round < 500; round += 1) {
      const value = table(0)
      deepStrictEqual(again(value), value)
    }
  })

  it.each([
    [
      'another order of names',
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    ['a name less', [{ a: 1, b: 2 }, { a: 1 }]],
    ['no names', [{}, {}]],
    ['an item that is no object', [{ a: 1 }, null]],
    [
      'names that are numbers',
      [
        { 1: 'x', 0: 'y', a: 1 },
        { 1: 'x', 0: 'y', a: 2 },
      ],
    ],
    ['names with the joints of shapes', [{ 'a\0b': 1 }, { a: 1, b: 1 }, { 'a\u0001b': 2 }]],
    ['an empty name', [{ '': 1 }, { '': 2 }]],
    ['names of Object', [{ constructor: 1, toString: 2, hasOwnProperty: 3, tag: 0x474b, value: [] }]],
    ['no prototype', [Object.assign(Object.create(null), { a: 1 })]],
    ['100 names', [Object.fromEntries(rowsOf(100, index => [`n${index}`, index]) as [string, number][])]],
  ])('bring back rows with %s', (_, pattern) => {
    const rows = rowsOf(16, index => pattern[index % pattern.length])
    deepStrictEqual(again(rows), rows)
    expect((again(rows) as object[]).map(row => row && Object.keys(row))).toEqual(
      rows.map(row => row && Object.keys(row as object)),
    )
  })

  it('brings back more shapes than one value may have, and more than are remembered', () => {
    const value = rowsOf(1000, index => ({
      [`name${index}`]: index,
      [`other${index}`]: { [`deep${index}`]: index },
    }))
    for (let round = 0; round < 2; round += 1) deepStrictEqual(again(value), value)
    for (const each of value) deepStrictEqual(again(each), each)
  })

  it('brings back a column of Dates of which one is invalid', () => {
    const dates = again(rowsOf(9, index => ({ at: new Date(index === 3 ? Number.NaN : index) }))) as {
      at: Date
    }[]
    expect(dates.map(({ at }) => at.getTime())).toEqual([0, 1, 2, Number.NaN, 4, 5, 6, 7, 8])
  })

  it('is not misled by a getter that encodes another value meanwhile', () => {
    const inner = { first: { x: 1 }, second: { b: 1, a: 2 } }
    const value = {
      a: 1,
      b: {
        get x() {
          return codec.encode(inner).length
        },
      },
      c: { a: 1, b: 2, c: 3 },
      d: { x: 5 },
    }
    deepStrictEqual(again(value), {
      a: 1,
      b: { x: codec.encode(inner).length },
      c: { a: 1, b: 2, c: 3 },
      d: { x: 5 },
    })
  })

  it('takes a third of the bytes of JSON', () => {
    const rows = rowsOf(200, index => ({
      id: index,
      uuid: columns.uuids?.(index),
      status: 'active',
      amount: index / 100,
      createdAt: new Date(1.7e12 + index * 1e7).toISOString(),
      deletedAt: null,
    }))
    expect(codec.encode(rows).length).toBeLessThan(0.4 * JSON.stringify(rows).length)
  })

  it('reads frozen rows, and changes nothing of the value it is given', () => {
    const rows = rowsOf(20, index => Object.freeze({ id: index, nested: Object.freeze([{ a: -0 }]) }))
    const copy = rowsOf(20, index => ({ id: index, nested: [{ a: -0 }] }))
    deepStrictEqual(again(Object.freeze(rows)), copy)
  })

  it('never does but throw or decode with any byte of rows changed, and makes no more rows than there are bytes', () => {
    const rows = rowsOf(9, index => ({
      id: index,
      name: `row number ${index}`,
      at: new Date(0).toISOString(),
      ok: true,
    }))
    const bytes = Buffer.from(codec.encode({ rows, text: 'a text of some length' }))
    for (let at = 0; at < bytes.length; at += 1)
      for (const mask of [1, 2, 0x40, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ mask
        try {
          const value = codec.decode(damaged) as { rows?: unknown[] }
          expect(value?.rows?.length ?? 0).toBeLessThan(bytes.length)
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED_BYTES' })
        }
      }
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
