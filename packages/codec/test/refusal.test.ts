import { runInNewContext } from 'node:vm'
import type { Codec } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { cborCodec, jsonCodec } from '../src/index.ts'

class Money {
  readonly cents = 5
}
class Rows extends Array {}

const cyclic: { self?: unknown } = {}
cyclic.self = cyclic
const doubled = Array.from({ length: 60 }).reduce<unknown[]>(inner => [inner, inner], [])

const neither: [string, unknown][] = [
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a class instance', new Money()],
  ['a subclass of Array', new Rows()],
  ['a RegExp', /x/],
  ['an Error', new Error('x')],
  ['a Promise', Promise.resolve()],
  ['a boxed number', Object(1)],
  ['a cycle', cyclic],
  ['an array with holes', Array(3)],
  ['a value 1000 levels deep', JSON.parse('['.repeat(1000) + ']'.repeat(1000))],
  ['a value that shares itself 2^60 times', doubled],
]
const notInJson: [string, unknown][] = [
  ['undefined in an array', [undefined]],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a bigint', 1n],
  ['a Date', new Date(0)],
  ['a Map', new Map()],
  ['a Set', new Set()],
  ['a Buffer', Buffer.from('a')],
]
const notInCbor: [string, unknown][] = [
  ['an own __proto__', JSON.parse('{"__proto__":{"admin":true}}')],
  ['half of a surrogate pair', 'a\ud800'],
  ['half of a surrogate pair in a name', { '\udfff': 1 }],
  ['a bigint of 1025 bytes', 1n << 8192n],
  ['a Map of another realm', runInNewContext('new Map([[1, 2]])')],
  ['a Date of another realm', runInNewContext('new Date(0)')],
]

function refuses(codec: Codec, value: unknown): void {
  expect(() => codec.encode({ secret_name: [value] })).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_VALUE', codec: codec.name }),
  )
}

describe('values that would not come back as they were', () => {
  it.each([...neither, ...notInCbor])('cbor refuses %s', (_, value) =>
    refuses(cborCodec({ maxBytes: '1mb' }), value),
  )
  it.each([...neither, ...notInJson])('json refuses %s', (_, value) =>
    refuses(jsonCodec({ maxBytes: '1mb' }), value),
  )

  it.each([cborCodec(), jsonCodec()])('$name refuses undefined itself', codec => {
    expect(() => codec.encode(undefined)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_VALUE', path: [] }),
    )
  })

  it('says where, without showing it in the message or in logs', () => {
    let error: unknown
    try {
      cborCodec().encode({ secret_name: [new Map([['k', () => 1]])] })
    } catch (caught) {
      error = caught
    }
    expect(error).toMatchObject({ path: ['secret_name', 0, 0] })
    expect(JSON.stringify(error) + String(error)).not.toContain('secret_name')
  })

  it.each([cborCodec({ maxBytes: 100 }), jsonCodec({ maxBytes: 100 })])(
    '$name refuses more than maxBytes',
    codec => {
      refuses(codec, 'x'.repeat(200))
      expect(() => codec.decode(Buffer.alloc(200, '0'))).toThrow(
        expect.objectContaining({ code: 'MALFORMED_BYTES' }),
      )
    },
  )

  it.each([{ maxBytes: 0 }, { maxBytes: '2gb' }, { maxDepth: 0 }, { maxDepth: 1001 }, { maxDepht: 5 }])(
    'refuses options %j at construction',
    options => {
      expect(() => cborCodec(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
      expect(() => jsonCodec(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    },
  )
})
