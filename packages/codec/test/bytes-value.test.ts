import { createEntry } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { Encoder } from 'cbor-x'
import { cborCodec, createEnvelope, decodeEntry, encodeEntry } from '../src/index.ts'

const codec = cborCodec()
const key = 'file:1'
/** As configured in cborCodec, which writes all other values through it. */
const plain = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: true })
const lengths = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 300_000]
const large = 65_536
const kinds = [
  ['Buffer', (bytes: Uint8Array): Uint8Array => Buffer.from(bytes)],
  ['Uint8Array', (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)],
] as const
const random = seededRandom(3)
const randomBytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random() * 256))
const valueIn = (decoded: unknown) => (decoded as { entry: { value: Uint8Array } }).entry.value
/** Bytes in an ArrayBuffer of their own length. */
const alone = (bytes: Uint8Array): Buffer => Buffer.from(new Uint8Array(bytes).buffer)

describe.each(kinds)('a value that is one %s', (name, make) => {
  it.each(lengths)('of %i bytes is written as cbor-x does, and comes back of its class', length => {
    const value = make(randomBytes(length))
    const bytes = Buffer.from(codec.encode(value))
    expect(bytes.equals(plain.encode(value))).toBe(true)
    const back = codec.decode(bytes) as Uint8Array
    expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(value))
    expect(back.constructor.name).toBe(name)
    expect(Buffer.compare(back, value)).toBe(0)
  })

  it('is copied both ways, into memory of its own when read', () => {
    for (const length of [10, large]) {
      const value = make(new Uint8Array(length).fill(1))
      const bytes = codec.encode(value)
      value.fill(2)
      const back = codec.decode(bytes) as Uint8Array
      bytes.fill(3)
      expect([...new Set(back)]).toEqual([1])
      expect(back.buffer.byteLength).toBe(length)
    }
  })

  it('is a part of something else only as itself', () => {
    const value = make(randomBytes(5))
    expect(codec.decode(codec.encode([value, { value }]))).toEqual([value, { value }])
  })

  it('is held to maxBytes, counted with what stands before it', () => {
    const bytes = codec.encode(make(randomBytes(100)))
    const [fits, short] = [bytes.length, bytes.length - 1].map(maxBytes => cborCodec({ maxBytes }))
    expect(fits?.encode(make(randomBytes(100))).length).toBe(bytes.length)
    expect(fits?.decode(bytes)).toEqual(codec.decode(bytes))
    for (const length of [100, 1e6])
      expect(() => short?.encode(make(randomBytes(length)))).toThrow(
        expect.objectContaining({ code: 'UNSUPPORTED_VALUE' }),
      )
    expect(() => short?.decode(bytes)).toThrow(expect.objectContaining({ code: 'MALFORMED_BYTES' }))
  })

  it('is refused cut or with bytes after it', () => {
    const bytes = Buffer.from(codec.encode(make(randomBytes(300))))
    const malformed = expect.objectContaining({ code: 'MALFORMED_BYTES' })
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => codec.decode(bytes.subarray(0, length))).toThrow(malformed)
    expect(() => codec.decode(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(malformed)
  })

  it('aliases owned bytes where it is large and nearly all of them', async () => {
    for (const checksum of [true, false]) {
      const envelope = createEnvelope({ checksum })
      const read = async (length: number, bytesOf = alone) => {
        const given = make(randomBytes(length))
        const bytes = bytesOf(await envelope.encode(key, createEntry(given)))
        const back = valueIn(await envelope.decode(key, bytes, { owned: true }))
        expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(given))
        expect(Buffer.compare(back, given)).toBe(0)
        return back.buffer === bytes.buffer
      }
      expect(await read(large)).toBe(true)
      expect(await read(large - 1)).toBe(false)
      const inSomethingLarger = (bytes: Uint8Array) =>
        alone(Buffer.concat([bytes, Buffer.alloc(large)])).subarray(0, bytes.length)
      expect(await read(large, inSomethingLarger)).toBe(false)
      const shared = (bytes: Uint8Array) => {
        const copy = Buffer.from(new SharedArrayBuffer(bytes.length))
        copy.set(bytes)
        return copy
      }
      expect(await read(large, shared)).toBe(false)
    }
  })

  it('aliases nothing that is not owned', async () => {
    const given = make(randomBytes(large))
    const bytes = alone(encodeEntry(key, createEntry(given), codec))
    const envelope = createEnvelope()
    const values = [
      valueIn(await envelope.decode(key, bytes)),
      valueIn(await envelope.decode(key, bytes, {})),
      valueIn(await envelope.decode(key, bytes, { owned: false })),
      valueIn(decodeEntry(key, bytes, codec)),
    ]
    bytes.fill(0)
    for (const value of values) expect(Buffer.compare(value, given)).toBe(0)
  })
})

describe('owned bytes', () => {
  it('are copied by all other values', async () => {
    const envelope = createEnvelope()
    const wide = new Float64Array(large).fill(1.5)
    for (const given of [wide, { part: Buffer.alloc(large, 1) }, [new Uint8Array(large)]]) {
      const bytes = alone(await envelope.encode(key, createEntry(given)))
      const decoded = await envelope.decode(key, bytes, { owned: true })
      bytes.fill(0xff)
      expect(valueIn(decoded)).toEqual(given)
    }
  })

  it('are read by a codec of somebody in its own way', async () => {
    const seen: number[] = []
    const decode = (bytes: Uint8Array) => {
      seen.push(bytes.length)
      return codec.decode(bytes)
    }
    const wrapped = { id: codec.id, name: codec.name, encode: codec.encode.bind(codec), decode }
    const derived = Object.assign(Object.create(codec) as typeof codec, { encode: wrapped.encode, decode })
    const altered = Object.assign(cborCodec(), { decode })
    const bytes = alone(encodeEntry(key, createEntry(Buffer.alloc(large, 1)), codec))
    for (const reader of [wrapped, derived, altered]) {
      const decoded = await createEnvelope({ codec: reader }).decode(key, bytes, { owned: true })
      expect(valueIn(decoded).buffer).not.toBe(bytes.buffer)
    }
    expect(seen.length).toBe(3)
  })
})
