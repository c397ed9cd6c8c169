import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { Encoder, encode as plainEncode } from 'cbor-x'
import { cborCodec, jsonCodec } from '../src/index.ts'
import { randomValue } from './random-value.ts'

const codec = cborCodec()
const malformed = expect.objectContaining({ code: 'MALFORMED_BYTES', codec: 'cbor' })
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** A bignum (tag 2) of `bytes` bytes. */
function bigNumber(bytes: number): Buffer {
  const header = Buffer.from([0xc2, 0x5a, 0, 0, 0, 0])
  header.writeUInt32BE(bytes, 2)
  return Buffer.concat([header, Buffer.alloc(bytes, 0xff)])
}

describe('bytes that anyone may have written', () => {
  it.each([
    ['a RegExp (tag 27)', Buffer.from(plainEncode(/(a+)+$/))],
    ['an Error (tag 27)', Buffer.from(plainEncode(new Error('x')))],
    ['records', Buffer.from(new Encoder({ useRecords: true }).encode([{ a: 1 }, { a: 2 }]))],
    ['shared references', Buffer.from(new Encoder({ structuredClone: true }).encode([doubled(), doubled()]))],
    ['bundled strings', Buffer.from(new Encoder({ bundleStrings: true } as never).encode(['text', 'texts']))],
    ['packed values', Buffer.from(new Encoder({ pack: true }).encode(['same', 'same', 'same', 'same']))],
    ['a date in words (tag 0)', hex('c0 74 323031332d30332d32315432303a30343a30305a')],
    ['a decimal fraction (tag 4)', hex('c4 82 21 19 6ab3')],
    ['a tag nobody knows', hex('d8 64 01')],
    ['a bignum of text', hex('c2 61 61')],
    ['an own __proto__', hex('a1 69 5f5f70726f746f5f5f a1 65 61646d696e f5')],
    ['a property named by a number', hex('a1 01 02')],
    ['a property named by an array', hex('a1 80 02')],
    ['an array of 4 billion', hex('9a ff ff ff ff')],
    ['a map of 2^60', hex('bb 10 00 00 00 00 00 00 00')],
    ['text longer than the bytes', hex('7b 00 00 00 01 00 00 00 00')],
    ['indefinite text', hex('7f 61 61 ff')],
    ['an indefinite array without end', hex('9f 01')],
    ['a lone break', hex('ff')],
    ['an unknown simple value', hex('e0')],
    ['a byte too many', hex('01 01')],
    ['nothing', Buffer.alloc(0)],
    ['a float64 array of 7 bytes', hex('d8 56 47 00000000000000')],
    ['201 levels', Buffer.concat([Buffer.alloc(200, 0x81), Buffer.from([0x80])])],
    ['a million levels', Buffer.alloc(1e6, 0x81)],
    ['a million levels of tags', Buffer.alloc(1e6, 0xc1)],
  ])('refuses %s', (_, bytes) => {
    expect(() => codec.decode(bytes)).toThrow(malformed)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('refuses a bignum of 100 kB at once, and reads the longest one it writes', () => {
    const longest = (1n << 8192n) - 1n
    expect(codec.decode(codec.encode([longest, -longest - 1n]))).toEqual([longest, -longest - 1n])
    const start = performance.now()
    expect(() => codec.decode(bigNumber(100_000))).toThrow(malformed)
    // cbor-x alone takes seconds; the bound only tells those from microseconds.
    expect(performance.now() - start).toBeLessThan(250)
  })

  it('gives back bytes of its own: neither aliases the source', () => {
    const source = codec.encode({
      buffer: Buffer.from('abcd'),
      array: new Uint8Array([1, 2]),
      wide: new Uint16Array([3]),
    })
    const bytes = Buffer.from(source)
    const value = codec.decode(bytes) as { buffer: Buffer; array: Uint8Array; wide: Uint16Array }
    bytes.fill(0xff)
    expect(value.buffer.toString()).toBe('abcd')
    expect([...value.array, ...value.wide]).toEqual([1, 2, 3])
    expect(Buffer.isBuffer(value.buffer) && !Buffer.isBuffer(value.array)).toBe(true)
  })

  it('works after a refusal, and from a view into a larger buffer', () => {
    expect(() => codec.decode(hex('9a ff ff ff ff'))).toThrow(malformed)
    const framed = Buffer.concat([Buffer.from([1, 2, 3]), codec.encode({ a: [1] }), Buffer.from([4])])
    const view = new Uint8Array(framed.buffer, framed.byteOffset + 3, framed.length - 4)
    expect(codec.decode(view)).toEqual({ a: [1] })
  })

  it('never does but throw or decode on damaged bytes', () => {
    const random = seededRandom(7)
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(codec.encode([randomValue(random, 'cbor', 1)])).subarray(0, 400)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      try {
        codec.decode(bytes)
      } catch (error) {
        expect(error).toEqual(malformed)
      }
    }
  })

  it.each(['', '{', '{"a":1} x', 'NaN', '[1,]', '['.repeat(1e5)])('json refuses %j', text => {
    expect(() => jsonCodec().decode(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'MALFORMED_BYTES', codec: 'json' }),
    )
  })

  it('json refuses what is not UTF-8, and keeps __proto__ an ordinary property', () => {
    expect(() => jsonCodec().decode(Buffer.from([0x22, 0xff, 0x22]))).toThrow()
    const value = jsonCodec().decode(Buffer.from('{"__proto__":{"admin":true}}'))
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect((value as { admin?: boolean }).admin).toBeUndefined()
  })
})

function doubled(): object {
  const part = { a: 1 }
  return [part, part]
}
