/** Which values come back. Plain data must; of everything else a codec brings back what it took or does not take it. */
import type { Codec } from '@greenlang/core'
import { type Cases, type Expect, failureOf } from './runner.ts'
import { describeValue, sameValue } from './same-value.ts'

/** What one test of a codec has: the codec, and the runner's `expect`. */
export interface CodecContext {
  readonly codec: Codec
  readonly expect: Expect
}

const plainKinds: Readonly<Record<string, readonly unknown[]>> = {
  'null and booleans': [null, true, false],
  'whole numbers': [
    0,
    1,
    -1,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    -65_537,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    2 ** 53 - 1,
  ],
  'other numbers': [0.1, -2.5, 1e21, 1e-7, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53 + 2],
  text: [
    '',
    'a',
    ' ',
    '"\\\'',
    '\u0000',
    'Zürich 東京 🌱',
    'cafe\u0301',
    '\ufeffmarked',
    'x'.repeat(300_000),
  ],
  arrays: [[], [null], [[], [[]]], [1, 'a', true, [2]], Array.from({ length: 10_000 }, (_, index) => index)],
  objects: [
    {},
    { a: 1 },
    { '': 0, 'a b': 1, 0: 'zero', ü: {} },
    { length: 3, constructor: 'c', toJSON: null },
  ],
  'nested data': [
    {
      rows: [
        { id: 1, tags: ['x'] },
        { id: 2, tags: [] },
      ],
      next: { deep: { deeper: [null] } },
    },
  ],
  'rows of one shape': [Array.from({ length: 50 }, (_, id) => ({ id, name: `n${id}`, open: id % 2 === 0 }))],
}

class Celsius {
  readonly degrees = 21
}

/** A property that is undefined reads as if it were not there, and -0 equals 0, so of those two either may come back. */
const richKinds: Readonly<Record<string, readonly unknown[]>> = {
  'negative zero and absent properties': [-0, [-0], { kept: 1, absent: undefined }],
  'numbers that are none': [Number.NaN, Number.POSITIVE_INFINITY, [Number.NEGATIVE_INFINITY]],
  'undefined in a list': [[undefined], [1, undefined, 2]],
  dates: [new Date(0), { at: new Date(1_893_456_000_123) }, new Date(Number.NaN)],
  'maps and sets': [
    new Map(),
    new Map<unknown, unknown>([
      ['a', 1],
      [2, { b: 3 }],
    ]),
    new Set(),
    new Set(['a', 1]),
  ],
  'big integers': [0n, -1n, 2n ** 63n, -(2n ** 64n), { id: 2n ** 100n }],
  'typed arrays': [new Uint8Array([1, 2, 255]), new Float64Array([0.5, -1]), { raw: new Uint8Array(0) }],
  'array buffers': [new Uint8Array([1, 2, 3]).buffer],
  'regular expressions and errors': [/a+/giu, new Error('an error')],
  'class instances': [new Celsius(), [new Celsius()]],
  'boxed values': [Object('text'), Object(1), Object(true)],
  'text with half a surrogate pair': ['\ud800', { '\udc00': 1 }],
  'objects that say how to be JSON': [{ toJSON: () => 'something else' }],
}

const refusedKinds: Readonly<Record<string, unknown>> = {
  undefined,
  'a function': () => 1,
  'a symbol': Symbol('s'),
  'a nested function': { call: () => 1 },
  'a function in a list': [() => 1],
  'a nested symbol': { kind: Symbol('s') },
  'a cycle': cycle(),
}

export const kindCases: Cases<CodecContext> = {
  async 'has a name and an id from 1 to 255'({ codec, expect }) {
    const { id, name } = codec
    expect({
      id: Number.isInteger(id) && id >= 1 && id <= 255,
      name: typeof name === 'string' && name !== '',
    }).toEqual({ id: true, name: true })
  },

  ...Object.fromEntries(
    Object.entries(plainKinds).map(([kind, values]) => [
      `brings back ${kind}`,
      async ({ codec, expect }: CodecContext) => {
        for (const value of values) expect(roundTrip(codec, value)).toEqual('as it was')
      },
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(richKinds).map(([kind, values]) => [
      `brings back or refuses ${kind}`,
      async ({ codec, expect }: CodecContext) => {
        for (const value of values) {
          if ((await failureOf(() => codec.encode(value))) !== undefined) continue
          expect(roundTrip(codec, value)).toEqual('as it was')
        }
      },
    ]),
  ),

  async 'refuses what no bytes can hold'({ codec, expect }) {
    for (const [kind, value] of Object.entries(refusedKinds)) {
      const refused = (await failureOf(() => codec.encode(value))) !== undefined
      expect({ kind, refused }).toEqual({ kind, refused: true })
    }
    expect(roundTrip(codec, { still: 'working' })).toEqual('as it was')
  },
}

function roundTrip(codec: Codec, value: unknown): string {
  const decoded = codec.decode(codec.encode(value))
  if (sameValue(value, decoded)) return 'as it was'
  return `${describeValue(value)} came back as ${describeValue(decoded)}`
}

function cycle(): unknown {
  const object: { self?: unknown } = {}
  object.self = object
  return object
}
