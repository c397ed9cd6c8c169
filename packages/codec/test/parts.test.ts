import { randomBytes } from 'node:crypto'
import { type Codec, createEntry, createNegativeEntry, type Entry } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { cborCodec, createEnvelope, type EnvelopeOptions, jsonCodec } from '../src/index.ts'

const key = 'user:42'
const large = 200_000
const sign = { mode: 'sign', keys: [{ id: 'k1', secret: 'first secret of 32 bytes exactly' }] } as const
const encrypt = { ...sign, mode: 'encrypt' } as const
const entries: readonly (readonly [string, Entry])[] = [
  ['small', createEntry({ name: 'Ada' }, { tags: ['a', 'ключ', '\ud800', 'long '.repeat(40)] })],
  ['nothing', createNegativeEntry()],
  ['a large Buffer', createEntry(randomBytes(large))],
  ['a large text', createEntry('text '.repeat(large / 5))],
]

describe.each([
  ['plain', {}],
  ['without checksum', { checksum: false }],
  ['compressed', { compression: 'gzip' }],
  ['signed', { seal: sign }],
  ['of JSON', { codec: jsonCodec() }],
] as const)('parts, %s', (_, options: EnvelopeOptions) => {
  const envelope = createEnvelope(options)
  const isJson = envelope.codec.name === 'json'

  it.each(entries.filter(([, { value }]) => !(isJson && Buffer.isBuffer(value))))(
    'are behind each other what encode gives: %s',
    async (_, entry) => {
      const whole = Buffer.concat(await envelope.encodeParts(key, entry))
      expect(whole.equals(await envelope.encode(key, entry))).toBe(true)
      expect(await envelope.decode(key, whole)).toEqual({ kind: 'entry', entry })
    },
  )
})

describe('parts', () => {
  it('are read back encrypted, too', async () => {
    const envelope = createEnvelope({ seal: encrypt })
    for (const [, entry] of entries) {
      const bytes = Buffer.concat(await envelope.encodeParts(key, entry))
      expect(await envelope.decode(key, bytes)).toEqual({ kind: 'entry', entry })
    }
  })

  it('are one for a small value, and leave a large one where the codec put it', async () => {
    const codec = cborCodec()
    const envelope = createEnvelope({ codec, checksum: false })
    const lengths = async (value: unknown) =>
      (await envelope.encodeParts(key, createEntry(value))).map(part => part.length)
    expect((await lengths('small')).length).toBe(1)
    const value = randomBytes(large)
    expect(await lengths(value)).toEqual([60 + key.length, codec.encode(value).length])
  })

  it('do not alias the value, not even where a codec gives it back as it is', async () => {
    const identity: Codec = {
      id: 77,
      name: 'identity',
      encode: value => value as Uint8Array,
      decode: bytes => Buffer.from(bytes),
    }
    for (const options of [{}, { seal: sign }, { codec: identity }, { codec: identity, seal: sign }]) {
      const value = randomBytes(large)
      const entry = createEntry(Buffer.from(value))
      const parts = await createEnvelope(options).encodeParts(key, { ...entry, value })
      value.fill(0)
      expect(await createEnvelope(options).decode(key, Buffer.concat(parts))).toEqual({
        kind: 'entry',
        entry,
      })
    }
  })

  it('are counted as encode counts', async () => {
    const [one, two] = [createEnvelope({ compression: 'gzip' }), createEnvelope({ compression: 'gzip' })]
    for (const [, entry] of entries) {
      await one.encode(key, entry)
      await two.encodeParts(key, entry)
    }
    expect(two.stats()).toEqual(one.stats())
    expect(one.stats().compressed).toBe(1)
  })

  it('are refused as encode refuses', () => {
    const given = { ...createEntry(0), value: () => 1 }
    expect(() => createEnvelope().encodeParts(key, given)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_VALUE' }),
    )
  })
})
