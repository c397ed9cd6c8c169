import { monitorEventLoopDelay } from 'node:perf_hooks'
import { brotliCompressSync, constants, crc32, gzipSync } from 'node:zlib'
import { createEntry, type Entry } from '@greenlang/core'
import { seededRandom } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { cborCodec, createEnvelope, encodeEntry } from '../src/index.ts'

const key = 'user:42'
const codec = cborCodec()
const envelope = createEnvelope({ compression: 'gzip', compressAbove: 0 })
const value = {
  text: 'a text that is worth compressing '.repeat(30),
  rows: Array.from({ length: 20 }, (_, id) => ({ id })),
}
const entry: Entry = createEntry(value, { tags: ['a', 'b'] })
const isForeign = { kind: 'foreign', reason: expect.any(String) }

/** An envelope round any bytes, as a forger makes it: compression id, claimed length, then `stored`. */
function wrapped(stored: Uint8Array, compression = 0, claimed = stored.length): Buffer {
  const head = Buffer.from(encodeEntry(key, createEntry(0), codec)).subarray(0, 60 + key.length)
  const parts = compression === 0 ? [head, stored] : [head, Buffer.of(0), stored]
  const bytes = Buffer.concat(parts)
  bytes.set([compression === 0 ? 1 : 2], 4)
  bytes[6] = compression
  bytes.writeUInt32BE(claimed, 12)
  bytes.writeUInt32BE(crc32(bytes.subarray(12), crc32(bytes.subarray(0, 7))), 8)
  return bytes
}

const gigabyte = 1024 ** 3
/** Gzip of 64 MB of zeros 16 times: members follow each other, and 1 GB comes of 1 MB. */
const zeros = Buffer.alloc(gigabyte / 16)
const gzipBomb = Buffer.concat(Array<Buffer>(16).fill(gzipSync(zeros)))
const brotliBomb = brotliCompressSync(Buffer.alloc(gigabyte / 8), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
})
const bigNumber = Buffer.concat([Buffer.from('c25a000f4240', 'hex'), Buffer.alloc(1e6, 0xff)])

const poison: [string, Uint8Array][] = [
  ['a number of 1 MB', wrapped(bigNumber)],
  ['a million levels', wrapped(Buffer.alloc(1e6, 0x81))],
  ['a million levels of tags', wrapped(Buffer.alloc(1e6, 0xc1))],
  [
    'a million levels of packed arrays',
    wrapped(Buffer.concat([Buffer.from('d9474c836060', 'hex'), Buffer.alloc(1e6, 0x81)])),
  ],
  ['1 GB by gzip that says so', wrapped(gzipBomb, 1, gigabyte)],
  ['1 GB by gzip that says 60 MB', wrapped(gzipBomb, 1, 60 * 1024 ** 2)],
  ['1 GB by gzip that says 50 kB', wrapped(gzipBomb, 1, 50_000)],
  ['1 GB by gzip that says 100 kB', wrapped(gzipBomb, 1, 100_000)],
  ['1 GB by gzip that says 0', wrapped(gzipBomb, 1, 0)],
  ['a bomb by brotli that says 4 GB', wrapped(brotliBomb, 2, 2 ** 32 - 1)],
  ['a bomb by brotli that says 60 MB', wrapped(brotliBomb, 2, 60 * 1024 ** 2)],
  ['a bomb by brotli that says 50 kB', wrapped(brotliBomb, 2, 50_000)],
  ['noise that says it is gzip', wrapped(Buffer.alloc(1000, 7), 1, 5000)],
  ['noise that says it is brotli', wrapped(Buffer.alloc(1000, 7), 2, 100_000)],
  ['a compression nobody knows', wrapped(Buffer.alloc(1000, 7), 9, 5000)],
  ['a million shapes', wrapped(packed('a\u0001'.repeat(1e6), '', Buffer.from('8100', 'hex')))],
  ['4 billion rows of a shape', wrapped(packed('a', '', Buffer.from('818420001affffffff8206f6', 'hex')))],
  [
    'a pool shorter than its strings',
    wrapped(packed('a', 'abc', Buffer.from('82f71903e8', 'hex'), 'object')),
  ],
  ['a pool that is left over', wrapped(packed('a', 'abc', Buffer.from('8101', 'hex'), 'object'))],
  ['a shape that is not there', wrapped(packed('a', '', Buffer.from('81820701', 'hex')))],
  ['an array without a mark', wrapped(packed('a', '', Buffer.from('8180', 'hex')))],
  ['a name __proto__ of a shape', wrapped(packed('__proto__', '', Buffer.from('8101', 'hex'), 'object'))],
  ['one name twice in a shape', wrapped(packed('a\0a', '', Buffer.from('820102', 'hex'), 'object'))],
]

/** Packed bytes by hand: shapes, pool, then the item. */
function packed(shapes: string, pool: string, item: Buffer, root: 'object' | 'any' = 'any'): Buffer {
  const text = (content: string) => {
    const head = Buffer.from([0x7a, 0, 0, 0, 0])
    head.writeUInt32BE(content.length, 1)
    return Buffer.concat([head, Buffer.from(content)])
  }
  const begin = Buffer.from(root === 'any' ? 'd9474c83' : 'd9474b83', 'hex')
  return Buffer.concat([begin, text(shapes), text(pool), item])
}

describe('poison', () => {
  it.each(poison)('%s is foreign, and the loop goes on meanwhile', async (_, bytes) => {
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    await new Promise(resolve => setImmediate(resolve))
    delay.reset()
    const decoded = await envelope.decode(key, bytes)
    await new Promise(resolve => setImmediate(resolve))
    delay.disable()
    expect(decoded).toEqual(isForeign)
    // 50 ms by measurement; this only tells it from the seconds of a bomb that goes off.
    expect(delay.max / 1e6).toBeLessThan(500)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it.each(['gzip', 'brotli'] as const)(
    'cut at every length and with every byte flipped, %s is foreign',
    async compression => {
      const compressing = createEnvelope({ compression, compressAbove: 0 })
      const bytes = Buffer.from(await compressing.encode(key, entry))
      expect(bytes[6]).not.toBe(0)
      for (let at = 0; at < bytes.length; at += 1) {
        expect(await compressing.decode(key, bytes.subarray(0, at))).toEqual(isForeign)
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ 0xa5
        expect(await compressing.decode(key, flipped)).toEqual(isForeign)
      }
      expect(await compressing.decode('user:43', bytes)).toEqual({ kind: 'foreign', reason: 'key' })
    },
  )

  it('made of random bytes behind a right checksum is foreign or a value, and never throws', async () => {
    const random = seededRandom(11)
    const stored = Buffer.from(codec.encode(value))
    for (let round = 0; round < 500; round += 1) {
      const noise = Buffer.from(stored)
      for (let change = 0; change < 3; change += 1)
        noise[Math.floor(random() * noise.length)] = Math.floor(random() * 256)
      for (const bytes of [
        wrapped(noise),
        wrapped(gzipSync(noise), 1, noise.length),
        wrapped(noise, 1, 3000),
      ])
        expect(['entry', 'foreign']).toContain((await envelope.decode(key, bytes)).kind)
    }
  })
})
