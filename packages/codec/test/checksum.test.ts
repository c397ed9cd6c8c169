import { createEntry, createNegativeEntry, type Entry, markInvalidated } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createEnvelope, encodeEntry, invalidatedState, stateOffset } from '../src/index.ts'
import { randomValue } from './random-value.ts'

const key = 'user:42'
const entry: Entry = {
  ...createEntry({ name: 'Ada', zero: -0, none: Number.NaN }, { ttl: '5m', tags: ['team:7', 'ключ'] }),
  stamp: { history: 'h1', sequence: 9 },
}
const seal = { mode: 'sign', keys: [{ id: 'k1', secret: 'first secret of 32 bytes exactly' }] } as const
const [checked, unchecked] = [createEnvelope(), createEnvelope({ checksum: false })]
const checksumAt = 8
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

describe('an envelope without a checksum', () => {
  it('writes 0 in its place and else the same bytes', async () => {
    const expected = Buffer.from(encodeEntry(key, entry, checked.codec))
    const bytes = Buffer.from(await unchecked.encode(key, entry))
    expect(expected.readUInt32BE(checksumAt)).not.toBe(0)
    expect(bytes.readUInt32BE(checksumAt)).toBe(0)
    expected.writeUInt32BE(0, checksumAt)
    expect(bytes.equals(expected)).toBe(true)
  })

  it.each([
    ['an entry', entry],
    ['one that was invalidated', markInvalidated(entry)],
    ['one that says that there is nothing', createNegativeEntry({ tags: ['a'] })],
  ])('brings back %s, by whomever it was written', async (_, given) => {
    for (const writer of [unchecked, checked])
      expect(await unchecked.decode(key, await writer.encode(key, given))).toEqual({
        kind: 'entry',
        entry: given,
      })
  })

  it('writes what an envelope with one refuses', async () => {
    expect(await checked.decode(key, await unchecked.encode(key, entry))).toEqual({
      kind: 'foreign',
      reason: 'checksum',
    })
  })

  it('still refuses other keys, codecs, lengths and states', async () => {
    const bytes = Buffer.from(await unchecked.encode(key, entry))
    const reasonOf = (source: Uint8Array, name = key) => unchecked.decode(name, source)
    const altered = (at: number, value: number) => Buffer.from(bytes).fill(value, at, at + 1)
    expect(await reasonOf(bytes, 'user:43')).toEqual({ kind: 'foreign', reason: 'key' })
    expect(await reasonOf(altered(0, 0))).toMatchObject({ reason: 'magic' })
    expect(await reasonOf(altered(5, 2))).toMatchObject({ reason: 'codec' })
    expect(await reasonOf(altered(stateOffset, 1))).toMatchObject({ reason: 'format' })
    for (let length = 0; length < bytes.length; length += 1)
      expect(await reasonOf(bytes.subarray(0, length))).toEqual({ kind: 'foreign', reason: 'truncated' })
    expect(await reasonOf(altered(stateOffset, invalidatedState))).toMatchObject({
      entry: { invalidated: true },
    })
  })

  it('is not needed by a seal, which finds every changed byte by itself', async () => {
    const sealed = createEnvelope({ checksum: false, seal })
    const bytes = Buffer.from(await sealed.encode(key, entry))
    expect(await sealed.decode(key, bytes)).toEqual({ kind: 'entry', entry })
    for (let at = 0; at < bytes.length; at += 1) {
      if (at === stateOffset || (at >= checksumAt && at < checksumAt + 4)) continue
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      expect((await sealed.decode(key, damaged)).kind).toBe('foreign')
    }
  })

  it.each(['none', 'gzip'] as const)(
    `never throws nor rejects on changed bytes, compression %s (SEED=${seed})`,
    async compression => {
      const random = seededRandom(seed)
      const envelope = createEnvelope({ checksum: false, compression, compressAbove: 0 })
      for (let round = 0; round < 1500; round += 1) {
        const value = randomValue(random, 'cbor') ?? null
        const bytes = Buffer.from(await envelope.encode(key, { ...entry, value }))
        const at = round < bytes.length ? round : Math.floor(random() * bytes.length)
        bytes[at] = Math.floor(random() * 256)
        for (const owned of [false, true])
          expect((await envelope.decode(key, bytes, { owned })).kind).toMatch(/^(entry|foreign)$/)
      }
    },
  )

  it('is chosen by true or false', () => {
    for (const checksum of ['crc32', 0, null])
      expect(() => createEnvelope({ checksum } as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      )
  })
})
