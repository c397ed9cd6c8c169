import { randomBytes } from 'node:crypto'
import { createEntry, createNegativeEntry, type Entry } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { createEnvelope, decodeEntry, encodeEntry, jsonCodec } from '../src/index.ts'

const key = 'user:42'
const textOf = (words: number) => Array.from({ length: words }, (_, at) => `word ${at % 97}`).join(' ')
const small = createEntry({ text: textOf(1000) }, { tags: ['a'] })
const large = createEntry({ text: textOf(20_000) })
const isPromise = (value: unknown) => typeof (value as PromiseLike<unknown>).then === 'function'

describe.each([
  ['gzip', 1],
  ['brotli', 2],
] as const)('compression by %s', (compression, id) => {
  const envelope = createEnvelope({ compression })

  it('makes values smaller, at once where they are small and beside the loop where they are large', async () => {
    const [now, later] = [envelope.encode(key, small), envelope.encode(key, large)]
    expect([isPromise(now), isPromise(later)]).toEqual([false, true])
    for (const [given, encoded] of [
      [small, now],
      [large, later],
    ] as const) {
      const bytes = await encoded
      expect(bytes[6]).toBe(id)
      expect(bytes.length).toBeLessThan(encodeEntry(key, given, envelope.codec).length / 3)
      const decoded = envelope.decode(key, bytes)
      expect(isPromise(decoded)).toBe(given === large)
      expect(await decoded).toEqual({ kind: 'entry', entry: given })
    }
  })

  it('is read whatever the reader is told to write by', async () => {
    const bytes = await envelope.encode(key, small)
    for (const reader of [
      createEnvelope(),
      createEnvelope({ compression: 'brotli' }),
      createEnvelope({ compression: 'gzip' }),
    ])
      expect(await reader.decode(key, bytes)).toEqual({ kind: 'entry', entry: small })
    expect(decodeEntry(key, bytes, envelope.codec)).toEqual({ kind: 'foreign', reason: 'format' })
    const jsonBytes = await createEnvelope({ compression, codec: jsonCodec() }).encode(key, small)
    expect(await envelope.decode(key, jsonBytes)).toEqual({ kind: 'foreign', reason: 'codec' })
  })

  it('is left away where it does not pay: then the bytes are those of format 1', async () => {
    const entries: Entry[] = [
      createEntry('short'),
      createEntry(randomBytes(5000)),
      createEntry(randomBytes(200_000)),
      createNegativeEntry(),
    ]
    for (const given of entries) {
      const bytes = Buffer.from(await envelope.encode(key, given))
      expect(bytes.equals(encodeEntry(key, given, envelope.codec))).toBe(true)
      expect(decodeEntry(key, bytes, envelope.codec).kind).toBe('entry')
    }
  })
})

describe('an envelope', () => {
  it('reads what was written before there were any', async () => {
    const bytes = encodeEntry(key, small, createEnvelope().codec)
    expect(bytes[4]).toBe(1)
    expect(await createEnvelope({ compression: 'gzip' }).decode(key, bytes)).toEqual({
      kind: 'entry',
      entry: small,
    })
  })

  it('compresses above its threshold only, and counts', async () => {
    const raw = createEnvelope().codec.encode(small.value).length
    const [above, below] = [raw - 1, raw].map(compressAbove =>
      createEnvelope({ compression: 'gzip', compressAbove }),
    )
    await above?.encode(key, small)
    await below?.encode(key, small)
    await below?.encode(key, createNegativeEntry())
    expect(below?.stats()).toEqual({ bytesIn: raw, bytesStored: raw, compressed: 0 })
    expect(above?.stats()).toMatchObject({ bytesIn: raw, compressed: 1 })
    expect(above?.stats().bytesStored).toBeLessThan(raw / 3)
  })

  it('does not compress unless told to', async () => {
    expect(Buffer.from(await createEnvelope().encode(key, small))[6]).toBe(0)
  })

  it('rejects nothing but what the codec refuses', () => {
    const envelope = createEnvelope({ compression: 'gzip' })
    expect(() =>
      envelope.encode(
        key,
        createEntry(() => 1),
      ),
    ).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VALUE' }))
    expect(envelope.stats()).toEqual({ bytesIn: 0, bytesStored: 0, compressed: 0 })
  })

  it.each([
    { compression: 'zip' },
    { compressAbove: -1 },
    { compressAbove: '2gb' },
    { codec: {} },
    { compress: true },
  ])('refuses options %j at construction', options => {
    expect(() => createEnvelope(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})
