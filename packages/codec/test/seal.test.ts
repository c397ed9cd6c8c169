import { crc32 } from 'node:zlib'
import { createEntry, createNegativeEntry, type Entry, markInvalidated } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import {
  cborCodec,
  createEnvelope,
  decodeEntry,
  encodeEntry,
  invalidatedState,
  type SealOptions,
  stateOffset,
} from '../src/index.ts'

const key = 'user:42'
const entry: Entry = {
  ...createEntry(
    { name: 'Ada', note: 'a text that is worth it '.repeat(100) },
    { ttl: '5m', tags: ['team:7'] },
  ),
  stamp: { history: 'h1', sequence: 9 },
}
const one = { id: 'k1', secret: 'first secret of 32 bytes exactly' }
const two = { id: 'k2', secret: Buffer.alloc(32, 7) }
const sealed = (mode: SealOptions['mode'], ...keys: SealOptions['keys']) =>
  createEnvelope({ compression: 'gzip', seal: { mode, keys } })
const bytesOf = async (envelope: ReturnType<typeof createEnvelope>, given: Entry = entry, name = key) =>
  Buffer.from(await envelope.encode(name, given))
const isEntry = { kind: 'entry', entry }
const refusedAs = (reason: string) => ({ kind: 'foreign', reason })

describe.each(['sign', 'encrypt'] as const)('a seal to %s', mode => {
  const envelope = sealed(mode, one, two)

  it.each([
    ['an entry', entry],
    ['one that was invalidated', markInvalidated(entry)],
    ['one that says that there is nothing', { ...createNegativeEntry({ tags: ['a'] }), stamp: entry.stamp }],
    ['one too small to compress', { ...entry, value: 1 }],
    ['one compressed on another thread', { ...entry, value: 'a long text '.repeat(20_000) }],
  ])('brings back %s', async (_, given) => {
    expect(await envelope.decode(key, await bytesOf(envelope, given))).toEqual({
      kind: 'entry',
      entry: given,
    })
  })

  it('is opened by any of the keys, and made by the first', async () => {
    const [old, rotated] = [sealed(mode, one), sealed(mode, two, one)]
    expect(await rotated.decode(key, await bytesOf(old))).toEqual(isEntry)
    expect(await old.decode(key, await bytesOf(rotated))).toEqual(refusedAs('seal'))
    const impostor = sealed(mode, { ...one, secret: 'another secret of 32 bytes, yes.' })
    expect(await old.decode(key, await bytesOf(impostor))).toEqual(refusedAs('seal'))
  })

  it('lets nothing through that is not sealed, or otherwise', async () => {
    const plain = createEnvelope()
    const other = sealed(mode === 'sign' ? 'encrypt' : 'sign', one, two)
    expect(await envelope.decode(key, encodeEntry(key, entry, plain.codec))).toEqual(refusedAs('seal'))
    expect(await envelope.decode(key, await bytesOf(createEnvelope({ compression: 'gzip' })))).toEqual(
      refusedAs('seal'),
    )
    expect(await plain.decode(key, await bytesOf(envelope))).toEqual(refusedAs('seal'))
    expect(await other.decode(key, await bytesOf(envelope))).toEqual(refusedAs('seal'))
    expect(decodeEntry(key, await bytesOf(envelope), plain.codec)).toEqual(refusedAs('format'))
  })

  it('with any byte changed and the checksum put right is foreign; only the state byte may be marked', async () => {
    const bytes = await bytesOf(envelope, { ...entry, value: 'short' })
    for (let at = 0; at < bytes.length; at += 1) {
      if (at >= 8 && at < 12) continue
      for (const mask of [1, 0x80, 0xff]) {
        const forged = Buffer.from(bytes)
        forged[at] = (forged[at] ?? 0) ^ mask
        const decoded = await envelope.decode(key, repaired(forged))
        const isMark = at === stateOffset && forged[at] === invalidatedState
        expect({ at, kind: decoded.kind }).toEqual({ at, kind: isMark ? 'entry' : 'foreign' })
      }
    }
  })

  it('cannot be put under another key, nor given other dates, tags or history', async () => {
    const mine = await bytesOf(envelope)
    const swapped = Buffer.from(mine)
    swapped.write('user:43', swapped.indexOf(key))
    expect(await envelope.decode('user:43', repaired(swapped))).toEqual(refusedAs('seal'))
    const longer = Buffer.from(mine)
    longer.writeDoubleBE(Number.POSITIVE_INFINITY, 32)
    expect(await envelope.decode(key, repaired(longer))).toEqual(refusedAs('seal'))
    const grafted = Buffer.concat([
      mine.subarray(0, mine.length - 20),
      (await bytesOf(envelope)).subarray(-20),
    ])
    grafted[grafted.length - 1] = (grafted[grafted.length - 1] ?? 0) ^ 1
    expect(await envelope.decode(key, repaired(grafted))).toEqual(refusedAs('seal'))
  })

  it('asks neither decompressor nor codec about what it does not vouch for', async () => {
    let asked = 0
    const codec = {
      ...cborCodec(),
      id: 1,
      name: 'counting',
      encode: () => Buffer.from('x'),
      decode: () => (asked += 1),
    }
    const counting = createEnvelope({ codec, seal: { mode, keys: [one] } })
    const bytes = Buffer.from(await counting.encode(key, entry))
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
    expect(await counting.decode(key, repaired(bytes))).toEqual(refusedAs('seal'))
    expect(asked).toBe(0)
  })
})

it('an encrypted value is not in the bytes, and no two encryptions are alike', async () => {
  const [envelope, short] = [sealed('encrypt', one), { ...entry, value: 'the secret value' }]
  const [first, second] = [await bytesOf(envelope, short), await bytesOf(envelope, short)]
  expect(first.includes('the secret value')).toBe(false)
  expect(first.equals(second)).toBe(false)
  expect((await bytesOf(sealed('sign', one), short)).includes('the secret value')).toBe(true)
})

it.each<[string, unknown]>([
  ['no keys', { mode: 'sign', keys: [] }],
  [
    'too many keys',
    { mode: 'sign', keys: Array.from({ length: 17 }, (_, index) => ({ ...one, id: `${index}` })) },
  ],
  ['two keys of one id', { mode: 'sign', keys: [one, { ...two, id: 'k1' }] }],
  ['no mode', { keys: [one] }],
  ['a secret of 31 bytes', { mode: 'sign', keys: [{ id: 'a', secret: 'hush-hush-hush-hush-hush-hush-h' }] }],
  [
    '33 bytes to encrypt',
    { mode: 'encrypt', keys: [{ id: 'a', secret: 'hush-hush-hush-hush-hush-hush-hus' }] },
  ],
  ['a secret that is a number', { mode: 'sign', keys: [{ id: 'a', secret: 42 }] }],
  ['an empty id', { mode: 'sign', keys: [{ ...one, id: '' }] }],
  ['an id of 65 bytes', { mode: 'sign', keys: [{ ...one, id: 'a'.repeat(65) }] }],
  ['a stray option', { mode: 'sign', keys: [{ ...one, hush: 1 }] }],
])('refuses %s, and shows no secret', (_, seal) => {
  const make = () => createEnvelope({ seal: seal as SealOptions })
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  expect(make).not.toThrow(/hush-|first secret/)
})

/** The same bytes with the checksum that a forger would give them. */
function repaired(bytes: Buffer): Buffer {
  const sum = crc32(bytes.subarray(12), crc32(bytes.subarray(0, 7)))
  bytes.writeUInt32BE(sum, 8)
  return bytes
}
