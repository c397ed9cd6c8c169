import { deepStrictEqual } from 'node:assert/strict'
import { type Codec, createEntry, createNegativeEntry, type Entry, markInvalidated } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import {
  cborCodec,
  decodeEntry,
  encodeEntry,
  invalidatedState,
  jsonCodec,
  stateOffset,
} from '../src/index.ts'
import { randomValue } from './random-value.ts'

const codec = cborCodec()
const key = 'user:42'
const entry: Entry = {
  ...createEntry({ name: 'Ada', roles: ['admin'] }, { ttl: '5m', grace: '1h', tags: ['user:42', 'ключ'] }),
  stamp: { history: 'h1', sequence: 2 ** 52 + 1 },
}
const bytes = Buffer.from(encodeEntry(key, entry, codec))
const negative: Entry = {
  ...createNegativeEntry({ ttl: '5m', tags: ['user:42'] }),
  stamp: { history: 'h1', sequence: 7 },
}
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

describe('envelope', () => {
  it.each([
    ['an ordinary one', entry],
    ['one that was invalidated', markInvalidated(entry)],
    ['one that lives for ever', createEntry(0, { ttl: Number.POSITIVE_INFINITY })],
    ['null', createEntry(null)],
    ['one that says that there is nothing', negative],
    ['that, once invalidated', markInvalidated(negative)],
    ['an empty text', createEntry('')],
    ['one from before the epoch', { ...entry, createdAt: -1, staleAt: -1, expiresAt: -0.5 }],
  ])('brings back %s', (_, given) => {
    expect(decodeEntry(key, encodeEntry(key, given, codec), codec)).toEqual({ kind: 'entry', entry: given })
  })

  it(`brings back random entries under random keys (SEED=${seed})`, () => {
    const random = seededRandom(seed)
    const text = () =>
      String.fromCharCode(
        ...Array.from({ length: Math.floor(random() * 20) }, () => Math.floor(random() * 65_536)),
      )
    for (let round = 0; round < 500; round += 1) {
      const value = randomValue(random, 'cbor') ?? null
      const given = {
        ...createEntry(value, { tags: [`${text()}t`] }),
        stamp: { history: text(), sequence: round },
      }
      const name = text()
      deepStrictEqual(decodeEntry(name, encodeEntry(name, given, codec), codec), {
        kind: 'entry',
        entry: given,
      })
    }
  })

  it('gives an entry to its own key only (law 3)', () => {
    for (const other of ['user:4', 'user:422', '', 'USER:42', 'user:42\0'])
      expect(decodeEntry(other, bytes, codec)).toEqual({ kind: 'foreign', reason: 'key' })
    const halves = ['\ud800', '\ud801', '\ufffd']
    for (const mine of halves)
      for (const other of halves)
        expect(decodeEntry(other, encodeEntry(mine, entry, codec), codec).kind).toBe(
          mine === other ? 'entry' : 'foreign',
        )
  })

  it('with any byte changed is never another entry; the state byte can only change the mark', () => {
    for (let at = 0; at < bytes.length; at += 1)
      for (const mask of [0x01, 0x80, 0x5a, 0xff]) {
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ mask
        const decoded = decodeEntry(key, damaged, codec)
        const isMark = at === stateOffset && damaged[at] === invalidatedState
        expect(decoded).toEqual(
          isMark
            ? { kind: 'entry', entry: { ...entry, invalidated: true } }
            : { kind: 'foreign', reason: expect.any(String) },
        )
      }
  })

  it('cut anywhere, or with bytes after it, is no entry', () => {
    for (let length = 0; length < bytes.length; length += 1)
      expect(decodeEntry(key, bytes.subarray(0, length), codec)).toEqual({
        kind: 'foreign',
        reason: 'truncated',
      })
    expect(decodeEntry(key, Buffer.concat([bytes, Buffer.of(0)]), codec)).toEqual({
      kind: 'foreign',
      reason: 'truncated',
    })
  })

  it('is marked invalidated by writing one byte in place', () => {
    const marked = Buffer.from(bytes)
    marked[stateOffset] = invalidatedState
    expect(decodeEntry(key, marked, codec)).toEqual({ kind: 'entry', entry: markInvalidated(entry) })
    expect(marked.equals(encodeEntry(key, markInvalidated(entry), codec))).toBe(true)
  })

  it('holds no value for nothing, and no codec is asked about it', () => {
    const empty = encodeEntry(key, negative, codec)
    expect(empty.length).toBeLessThan(
      encodeEntry(key, { ...negative, value: 0, negative: false }, codec).length,
    )
    const stored = encodeEntry(key, negative, failing)
    expect(decodeEntry(key, stored, failing)).toEqual({ kind: 'entry', entry: negative })
  })

  it('never turns a value into nothing, or nothing into a value, by another state', () => {
    const empty = Buffer.from(encodeEntry(key, negative, codec))
    const [valid, invalidated, negated] = [bytes[stateOffset], invalidatedState, empty[stateOffset]]
    const readAs = (source: Uint8Array, state: number | undefined) => {
      const copy = Buffer.from(source)
      copy[stateOffset] = state ?? 0
      return decodeEntry(key, copy, codec)
    }
    expect(readAs(bytes, negated)).toEqual({ kind: 'foreign', reason: 'value' })
    expect(readAs(empty, valid)).toEqual({ kind: 'foreign', reason: 'value' })
    expect(readAs(empty, invalidated)).toEqual({ kind: 'entry', entry: markInvalidated(negative) })
  })

  it('has states that differ in four bits at least', () => {
    const states = [
      bytes,
      encodeEntry(key, negative, codec),
      encodeEntry(key, markInvalidated(entry), codec),
    ].map(source => source[stateOffset] ?? 0)
    const distances = states.flatMap((one, index) =>
      states.slice(index + 1).map(other => (one ^ other).toString(2).replaceAll('0', '').length),
    )
    expect(distances.map(distance => distance >= 4)).toEqual([true, true, true])
  })

  it('does not store when a copy was checked, which only its own process knows', () => {
    const checked = encodeEntry(key, { ...entry, checkedAt: 1_234 }, codec)
    expect(bytes.equals(checked)).toBe(true)
  })

  it('names why bytes are not an entry', () => {
    const altered = (at: number, value: number) => {
      const copy = Buffer.from(bytes)
      copy[at] = value
      return copy
    }
    expect(decodeEntry(key, altered(0, 0), codec)).toMatchObject({ reason: 'magic' })
    expect(decodeEntry(key, altered(4, 3), codec)).toMatchObject({ reason: 'format' })
    expect(decodeEntry(key, altered(6, 1), codec)).toMatchObject({ reason: 'format' })
    expect(decodeEntry(key, altered(stateOffset, 1), codec)).toMatchObject({ reason: 'format' })
    expect(decodeEntry(key, bytes, jsonCodec())).toMatchObject({ reason: 'codec' })
    expect(decodeEntry(key, altered(bytes.length - 1, 0), codec)).toMatchObject({ reason: 'checksum' })
    expect(decodeEntry(key, bytes, codec, { maxBytes: bytes.length - 1 })).toMatchObject({ reason: 'size' })
    expect(decodeEntry(key, bytes, { ...failing, id: codec.id })).toMatchObject({ reason: 'value' })
    expect(
      decodeEntry(key, encodeEntry(key, { ...entry, expiresAt: Number.NaN }, codec), codec),
    ).toMatchObject({ reason: 'value' })
  })

  it('never throws on random bytes', () => {
    const random = seededRandom(seed)
    for (let round = 0; round < 2000; round += 1) {
      const noise = Buffer.from(
        Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)),
      )
      bytes.copy(noise, 0, 0, Math.floor(random() * 70))
      expect(decodeEntry(key, noise, codec).kind).toBe('foreign')
    }
  })

  it('refuses undefined, which is not a value', () => {
    expect(() => encodeEntry(key, { ...entry, value: undefined }, codec)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_VALUE' }),
    )
  })
})

const failing: Codec = {
  id: 9,
  name: 'failing',
  encode: () => Buffer.alloc(1),
  decode: () => {
    throw new Error('no')
  },
}
