import { createEntry, createNegativeEntry, type Entry } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { cborCodec, createEnvelope, type EnvelopeOptions, encodeEntry, peekHead } from '../src/index.ts'

const key = 'user:42'
const tags = ['team:7', 'ключ', '\udc00']
const entry: Entry = {
  ...createEntry('a text that is worth compressing '.repeat(100), { ttl: '5m', grace: '1h', tags }),
  stamp: { history: 'h1', sequence: 9 },
}
const { createdAt, staleAt, expiresAt } = entry
const codec = cborCodec()
const bytes = Buffer.from(encodeEntry(key, entry, codec))
const valueBytes = codec.encode(entry.value).length
const end = bytes.length - valueBytes
const keyEnd = 60 + 'h1'.length + key.length
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const seal = { mode: 'encrypt', keys: [{ id: 'k1', secret: 'first secret of 32 bytes exactly' }] } as const

describe('peekHead', () => {
  it.each<[string, EnvelopeOptions]>([
    ['plain', {}],
    ['without checksum', { checksum: false }],
    ['compressed', { compression: 'gzip' }],
    ['sealed', { seal }],
  ])('reads what stands before the value: %s', async (_, options) => {
    const given = await createEnvelope(options).encode(key, entry)
    expect(peekHead(given)).toEqual({ key, createdAt, staleAt, expiresAt, tags, end })
  })

  it.each(['', 'ключ', '\ud800', 'a\ud800', '\uffff', `long:${'x'.repeat(500)}`])(
    'reads the key %j',
    name => {
      const given = createNegativeEntry({ ttl: Number.POSITIVE_INFINITY })
      expect(peekHead(new Uint8Array(encodeEntry(name, given, codec)))).toMatchObject({
        key: name,
        expiresAt: Number.POSITIVE_INFINITY,
        tags: [],
      })
    },
  )

  it('needs the bytes up to the end of the key, and for the tags up to theirs', () => {
    const head = { key, createdAt, staleAt, expiresAt }
    for (let length = 0; length <= bytes.length; length += 1) {
      const expected = length < keyEnd ? undefined : length < end ? head : { ...head, tags, end }
      expect(peekHead(bytes.subarray(0, length))).toEqual(expected)
    }
  })

  it('reads no head from bytes of something else', () => {
    const altered = (at: number, value: number) => Buffer.from(bytes).fill(value, at, at + 1)
    // Magic, format, state, a date that is not a number, a key that is not UTF-8.
    for (const [at, value] of [
      [0, 0],
      [4, 3],
      [7, 1],
      [keyEnd - 1, 0xff],
    ] as const)
      expect(peekHead(altered(at, value))).toBeUndefined()
    const undated = Buffer.from(encodeEntry(key, { ...entry, staleAt: Number.NaN }, codec))
    expect(peekHead(undated)).toBeUndefined()
  })

  it(`never throws (SEED=${seed})`, () => {
    const random = seededRandom(seed)
    for (let round = 0; round < 5000; round += 1) {
      const noise = Buffer.from(
        Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)),
      )
      bytes.copy(noise, 0, 0, Math.floor(random() * 120))
      const head = peekHead(noise)
      if (head) expect(typeof head.key).toBe('string')
    }
  })
})
