import { createHash } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { type ContentKeyOptions, contentKey, contentText, isGreenlangError } from '../src/index.ts'
import { anyValue, reordered } from './support/any-value.ts'
import { randomIntegers, seed } from './support/seeded.ts'

const keyOf = (...parts: unknown[]) => contentKey({ namespace: 'jobs', version: '1', parts })

const messageOf = (...parts: unknown[]): string => {
  try {
    keyOf(...parts)
  } catch (error) {
    if (isGreenlangError(error, 'INVALID_ARGUMENT')) return error.message
    throw error
  }
  return 'accepted'
}

const nested = (depth: number): unknown => {
  let value: unknown = 'end'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value }
  return value
}

const bytes = Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0)

/** Each must have a key of its own. */
const different: Record<string, readonly (readonly unknown[])[]> = {
  'W37 a list and its members': [[1, 2], [[1, 2]], ['1,2'], [[1], 2], [1, [2]], [[], 1, 2]],
  'W8 text with separators': [['x:y'], ['x', 'y'], ['x,y'], [['x', 'y']], ['s1:x', 'y'], ['s1:xs1:y']],
  'W8 numbers and their texts': [[1], ['1'], [1n], [true], ['true'], [[1]], [new Date(1)]],
  'W8 empty arguments': [[], [undefined], [null], [''], [[]], [{}], [undefined, undefined]],
  'W37 keys of a Map': [[new Map([[1, 'a']])], [new Map([['1', 'a']])], [{ 1: 'a' }], [[undefined, 'a']]],
  'undefined, absent and null': [[{}], [{ a: undefined }], [{ a: null }], [{ a: 'undefined' }]],
  holes: [[new Array(2)], [[undefined, undefined]], [Object.assign([], { 1: undefined })], [new Array(3)]],
  numbers: [[0], [-0], [Number.NaN], [Infinity], [-Infinity], [5e-324], [0.1], [0.1 + 0.2], [0.3], ['NaN']],
  'big numbers': [[2 ** 53], [2n ** 53n], [2 ** 53 + 2], [1e21], ['1e21'], [1e-7]],
  strings: [['\ud800'], ['\udfff'], ['\ufffd'], ['\u0000'], ['é'], ['e\u0301'], ['😀'], ['\ude00\ud83d']],
  bytes: [
    [bytes],
    [Buffer.from(bytes)],
    [bytes.buffer],
    [new Uint8ClampedArray(bytes)],
    [new Int8Array(bytes)],
    [new Uint16Array(bytes.buffer)],
    [new DataView(bytes.buffer)],
    [new BigUint64Array(bytes.buffer)],
    [[...bytes]],
    [new Uint8Array(0)],
    [new Float32Array(0)],
    [bytes.subarray(0, 4)],
  ],
  'sets and maps': [
    [new Set([1, 2])],
    [new Set(['1', 2])],
    [[1, 2]],
    [new Set([[1, 2]])],
    [new Map([[1, 2]])],
  ],
  patterns: [[/a/], [/a/g], ['/a/'], [/(?:a)/], [/ag/], [Object.assign(/a/g, { lastIndex: 1 })]],
  'names of properties': [[{ a: 1 }], [{ A: 1 }], [{ 'a:1': 1 }], [{ a: 1, b: 1 }], [{ '': 1 }]],
  depth: [[{ a: { b: 1 } }], [{ a: 1, b: 1 }], [{ a: [{ b: 1 }] }], [[[]]], [[[[]]]], [[[], []]]],
  'arrays with properties': [[[1]], [Object.assign([1], { extra: 1 })], [Object.assign([1], { '-1': 1 })]],
  __proto__: [[JSON.parse('{"__proto__":{"a":1}}')], [{ a: 1 }], [{}]],
}

const cycle: { self?: unknown } = {}
cycle.self = [cycle]

class Money {
  amount = 1
}

const invalid: Record<string, readonly [unknown, RegExp]> = {
  'a function': [() => 1, /^argument parts\[1\] must be content, which a function has not: pass a name/],
  'a symbol': [Symbol('a'), /which a symbol has not/],
  'a class instance': [new Money(), /plain data, not an instance of a class: pass what identifies it/],
  'one without a class': [Object.create({ a: 1 }), /plain data/],
  'an instance of a subclass': [new (class extends Map {})(), /plain data/],
  'bytes of a subclass': [new (class extends Uint8Array {})(1), /plain data/],
  'a boxed text': [Object('a'), /plain data/],
  'a WeakMap': [new WeakMap(), /plain data/],
  'a promise': [Promise.resolve(1), /plain data/],
  'a promise under async hooks': [Object.assign(Promise.resolve(1), { [Symbol('id')]: 1 }), /plain data/],
  'an error': [new Error('a'), /plain data/],
  'a url': [new URL('a:b'), /href/],
  'a Map with properties': [Object.assign(new Map(), { a: 1 }), /plain data/],
  'an invalid date': [new Date(Number.NaN), /a valid date: check it before the call/],
  'a cycle': [cycle, /^argument parts\[1\]\.self\[0\] must be free of cycles/],
  'a property named by a symbol': [{ [Symbol('a')]: 1 }, /symbols/],
  depth: [nested(501), /nested at most 500 deep: pass a digest/],
  'what a Map holds': [
    { rows: new Map([['a', { at: [0, Symbol('a')] }]]) },
    /^argument parts\[1\]\.rows\[member\]\.at\[1\]/,
  ],
  'what has an odd name': [{ 'ada@example.org': Symbol('a') }, /^argument parts\[1\]\[…\] must/],
}

describe('contentKey', () => {
  it('is full SHA-256 in hex, the same in every process, and shows nothing of the content', () => {
    expect(keyOf('a', 1)).toMatch(/^[0-9a-f]{64}$/)
    const text = 's4:jobss1:1s1:ad1;'
    expect(keyOf('a', 1)).toBe(createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex'))
  })

  it.each(Object.entries(different))('tells apart %s', (_what, lists) => {
    const keys = lists.map(parts => keyOf(...parts))
    expect(new Set(keys).size).toBe(lists.length)
  })

  it('W37 keeps namespace and version apart, and both from the parts', () => {
    const base: ContentKeyOptions = { namespace: 'x', version: 'v1:y', parts: [] }
    const keys = [
      contentKey(base),
      contentKey({ ...base, namespace: 'x:v1', version: 'y' }),
      contentKey({ ...base, namespace: 'xv1', version: ':y' }),
      contentKey({ ...base, version: 'v1', parts: ['y'] }),
      contentKey({ ...base, version: 'v1:ys1:a' }),
      contentKey({ ...base, parts: ['a'] }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('W37 does not depend on the order of properties, Sets and Maps, which JavaScript leaves open', () => {
    expect(keyOf({ b: [1, { d: 1, c: 2 }], a: 1 })).toBe(keyOf({ a: 1, b: [1, { c: 2, d: 1 }] }))
    expect(keyOf({ 1: 'a' })).toBe(keyOf({ '1': 'a' }))
    expect(keyOf(new Set([2, 1]))).toBe(keyOf(new Set([1, 2])))
    const entries: [unknown, unknown][] = [
      [{ a: 1 }, 1],
      ['a', 2],
      [{ a: 1 }, 0],
    ]
    expect(keyOf(new Map(entries))).toBe(keyOf(new Map([...entries].reverse())))
  })

  it('is the same for the same content under other identities, from another realm too', () => {
    const source = "({ a: [1, new Map([['k', new Set([/x/g])]]), new Date(5)], b: new Uint8Array([1, 2]) })"
    const foreign: unknown = runInNewContext(source)
    const own = { a: [1, new Map([['k', new Set([/x/g])]]), new Date(5)], b: new Uint8Array([1, 2]) }
    expect(keyOf(foreign)).toBe(keyOf(own))
    expect(keyOf(Object.assign(Object.create(null), { a: Number.NaN }))).toBe(keyOf({ a: Number.NaN }))
    expect(keyOf(Buffer.from('ab'))).toBe(keyOf(Buffer.alloc(2, 'ab')))
    const shared = [1]
    expect(keyOf(shared, shared)).toBe(keyOf([1], [1]))
  })

  it.each(Object.entries(invalid))(
    'refuses %s, saying which part and what to do',
    (_what, [value, message]) => {
      expect(messageOf('fine', value)).toMatch(message)
    },
  )

  it('takes what is nested 500 deep', () => {
    expect(messageOf('fine', nested(500))).toBe('accepted')
  })

  it('refuses what unfolds without end instead of filling the memory', () => {
    let doubled: unknown = 'a'.repeat(1_000)
    for (let level = 0; level < 40; level += 1) doubled = [doubled, doubled]
    expect(messageOf(doubled)).toMatch(/at most 67108864 characters of content/)
  })

  it.each([
    [{ namespace: '' }, /option namespace/],
    [{ version: '' }, /option version/],
    [{ parts: 'ab' }, /option parts must be an array/],
    [{ nmespace: 'x' }, /contentKey.nmespace/],
  ])('refuses the options %j', (wrong, message) => {
    const options: object = { namespace: 'x', version: '1', parts: [], ...wrong }
    expect(() => contentKey(options as ContentKeyOptions)).toThrow(message)
  })

  it('has no collision among 20 000 random structures, and is the same for the same one in another order', () => {
    const integers = randomIntegers()
    const random = () => integers(2 ** 32) / 2 ** 32
    const known = new Map<string, string>()
    for (let round = 0; round < 20_000; round += 1) {
      const { value, identity } = anyValue(random)
      const key = keyOf(value)
      const clash = known.get(key)
      if (clash !== undefined && clash !== identity)
        throw new Error(`seed ${seed}: ${clash} and ${identity} share a key`)
      if (keyOf(reordered(value, random)) !== key) throw new Error(`seed ${seed}: ${identity} has two keys`)
      known.set(key, identity)
    }
    expect(known.size).toBe(new Set(known.values()).size)
    expect(known.size).toBeGreaterThan(10_000)
  })
})

describe('contentText', () => {
  it('is short, and counts its parts by their texts', () => {
    expect([contentText([]), contentText(['a', 1, true])]).toEqual(['', 's1:ad1;t'])
    expect(contentText([[], {}, null, undefined])).toBe('a0:o0:nu')
  })
})
