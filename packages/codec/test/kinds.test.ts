import { deepStrictEqual } from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { cborCodec, jsonCodec } from '../src/index.ts'

class Money {
  readonly cents = 5
}
class Names extends Map {}
const cyclic: { self?: unknown } = {}
cyclic.self = cyclic
const withProperty = <T extends object>(value: T) => Object.assign(value, { extra: 1 })
const withSymbol = <T extends object>(value: T) => Object.assign(value, { [Symbol('s')]: 1 })
const sparse = [1, 2, 3]
delete sparse[1]
const throwing = {
  get value(): unknown {
    throw new Error('no')
  },
}
const shared = { a: 1 }

/** Each kind, with the codecs that bring it back; the others refuse it. */
const kinds: [name: string, value: unknown, keptBy: string][] = [
  ['-0', -0, 'cbor json'],
  ['NaN', Number.NaN, 'cbor'],
  ['Infinity', Number.POSITIVE_INFINITY, 'cbor'],
  ['the largest number', Number.MAX_VALUE, 'cbor json'],
  ['the least number above 0', 5e-324, 'cbor json'],
  ['an unsafe whole number', 2 ** 60, 'cbor json'],
  ['an empty text', '', 'cbor json'],
  ['text beyond the basic plane', '😀漢', 'cbor json'],
  ['half of a surrogate pair', 'a\ud800', 'json'],
  ['half of a surrogate pair in a name', { 'a\udc00': 1 }, 'json'],
  ['a text that begins with a byte order mark', `\ufeff${'x'.repeat(100)}`, 'cbor json'],
  ['a name that begins with a byte order mark', { [`\ufeff${'x'.repeat(100)}`]: 1 }, 'json'],
  ['a text with NUL', 'a\0b', 'cbor json'],
  ['undefined in an array', [undefined], 'cbor'],
  ['undefined in an object', { a: undefined }, 'cbor'],
  ['an array with holes', sparse, ''],
  ['an array of nothing but holes', Array(3), ''],
  ['an array with a property', withProperty([1, 2]), ''],
  ['an array with a hole and a property', withProperty(Array(1)), ''],
  ['an array with a symbol', withSymbol([1]), ''],
  ['the result of a match', 'abc'.match(/b/), ''],
  ['a subclass of Array', new (class Rows extends Array {})(), ''],
  ['an own __proto__', JSON.parse('{"__proto__": {"admin": true}}'), 'json'],
  ['an own constructor', { constructor: 'Ferrari' }, 'cbor json'],
  ['an object with a symbol', withSymbol({ a: 1 }), ''],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), 'cbor'],
  ['an object whose prototype is another object', Object.create({ inherited: 1 }), ''],
  ['an object whose prototype is a bare one', Object.create(Object.create(null)), ''],
  [
    'a getter',
    {
      get a() {
        return 1
      },
    },
    'cbor json',
  ],
  ['a getter that throws', throwing, ''],
  ['a class instance', new Money(), ''],
  ['Math', Math, ''],
  ['a cycle', cyclic, ''],
  ['one object twice', [shared, shared], 'cbor json'],
  ['a frozen object', Object.freeze({ a: [1] }), 'cbor json'],
  [
    'a Map',
    new Map<unknown, unknown>([
      [{ a: 1 }, -0],
      ['a', new Map()],
    ]),
    'cbor',
  ],
  ['a Map with a property', withProperty(new Map()), ''],
  ['a subclass of Map', new Names(), ''],
  ['a Set', new Set([{ a: 1 }, Number.NaN]), 'cbor'],
  ['a Date', new Date(1.7e12), 'cbor'],
  ['a Date with a property', withProperty(new Date(0)), ''],
  ['an imitation of a Date', Object.create(Date.prototype), ''],
  ['a Buffer', Buffer.from('abc'), 'cbor'],
  ['an empty Buffer', Buffer.alloc(0), 'cbor'],
  ['a Uint8Array', new Uint8Array([1, 2]), 'cbor'],
  ['a Float32Array', new Float32Array([1.5, -0]), 'cbor'],
  ['a BigUint64Array', new BigUint64Array([2n ** 64n - 1n]), 'cbor'],
  ['part of a typed array', new Int32Array([1, 2, 3, 4]).subarray(1, 3), 'cbor'],
  ['an imitation of a Uint8Array', Object.create(Uint8Array.prototype), ''],
  ['an ArrayBuffer', new ArrayBuffer(4), ''],
  ['a SharedArrayBuffer', new SharedArrayBuffer(4), ''],
  ['a DataView', new DataView(new ArrayBuffer(4)), ''],
  ['a bigint', -(2n ** 64n), 'cbor'],
  ['a bigint that is too long', 1n << 8192n, ''],
  ['a RegExp', /x/g, ''],
  ['an Error', new Error('x'), ''],
  ['a function', () => 1, ''],
  ['a method', { save() {} }, ''],
  ['a symbol', Symbol('s'), ''],
  ['a boxed number', Object(1), ''],
  ['a boxed text', Object('a'), ''],
  ['a boxed bigint', Object(1n), ''],
  ['a Promise', Promise.resolve(), ''],
  ['a WeakMap', new WeakMap(), ''],
  ['a WeakRef', new WeakRef({}), ''],
  [
    'a generator',
    (function* () {
      yield 1
    })(),
    '',
  ],
  ['an iterator', [1][Symbol.iterator](), ''],
  ['a number format', new Intl.NumberFormat('en'), ''],
  ['a URL', new URL('https://example.org'), ''],
  ['a proxy of an object', new Proxy({ a: 1 }, {}), 'cbor json'],
  ['a proxy of a Map', new Proxy(new Map(), {}), ''],
  ['an object of another realm', runInNewContext('({ a: [1] })'), 'cbor json'],
  ['a Map of another realm', runInNewContext('new Map()'), ''],
]

describe.each([cborCodec(), jsonCodec()])('$name brings back as it was or refuses', codec => {
  it.each(kinds)('%s', (name, value, keptBy) => {
    for (const placed of [
      value,
      [value],
      { a: value, b: 1 },
      Array.from({ length: 9 }, () => ({ id: 1, a: value })),
    ]) {
      if (keptBy.split(' ').includes(codec.name))
        expectSame(codec.decode(codec.encode(placed)), placed, name.endsWith('realm'))
      else
        expect(() => codec.encode(placed)).toThrow(
          expect.objectContaining({ code: 'UNSUPPORTED_VALUE', codec: codec.name }),
        )
    }
  })
})

/** Prototypes of another realm are as good as ours. */
function expectSame(actual: unknown, expected: unknown, isForeign: boolean): void {
  if (isForeign) expect(actual).toEqual(expected)
  else deepStrictEqual(actual, expected)
}
