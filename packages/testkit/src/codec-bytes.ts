/** Bytes are untrusted: damaged ones throw, hostile ones do no harm, and nothing decoded shares memory with them. */
import type { CodecContext } from './codec-kinds.ts'
import { type Cases, failureOf } from './runner.ts'
import { sameValue } from './same-value.ts'
import { seededRandom } from './seeded-random.ts'

const samples: readonly unknown[] = [
  { id: 7, name: 'green', rows: [{ ok: true }, { ok: false }] },
  ['a', 'b', ['c', null]],
  'a text of some length, ü included',
]

/** Lengths no input could have, and depths no reader needs, in the forms of CBOR, MessagePack and JSON. */
const hostile: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(0),
  'a CBOR list of 2^64 items': Uint8Array.of(0x9b, 255, 255, 255, 255, 255, 255, 255, 255),
  'a CBOR map of 2^32 pairs': Uint8Array.of(0xba, 255, 255, 255, 255),
  'CBOR text of 4 GB': Uint8Array.of(0x7a, 255, 255, 255, 255, 97),
  'CBOR bytes of 4 GB': Uint8Array.of(0x5a, 255, 255, 255, 255, 1),
  'CBOR lists 100 000 deep': new Uint8Array(100_000).fill(0x81),
  'MessagePack text of 4 GB': Uint8Array.of(0xdb, 255, 255, 255, 255, 97),
  'JSON lists 100 000 deep': new Uint8Array(100_000).fill('['.charCodeAt(0)),
}

const garbageRounds = 2_000
const garbageSeed = 20_300_101

export const bytesCases: Cases<CodecContext> = {
  async 'throws for bytes cut short or with more behind them'({ codec, expect }) {
    for (const [index, sample] of samples.entries()) {
      const bytes = Uint8Array.from(codec.encode(sample))
      const wrong = [...bytes.keys()].map(length => bytes.slice(0, length))
      wrong.push(Uint8Array.of(...bytes, ...bytes))
      for (const input of wrong) {
        const threw = (await failureOf(() => codec.decode(input))) !== undefined
        expect({ index, length: input.length, threw }).toEqual({ index, length: input.length, threw: true })
      }
    }
  },

  async 'throws for hostile bytes'({ codec, expect }) {
    for (const [kind, bytes] of Object.entries(hostile)) {
      const threw = (await failureOf(() => codec.decode(bytes))) !== undefined
      expect({ kind, threw }).toEqual({ kind, threw: true })
    }
  },

  async 'survives random bytes and works afterwards'({ codec, expect }) {
    const random = seededRandom(garbageSeed)
    const byte = () => Math.floor(random() * 256)
    for (let round = 0; round < garbageRounds; round += 1)
      await failureOf(() => codec.decode(Uint8Array.from({ length: 1 + (byte() % 64) }, byte)))
    expect(samples.map(sample => sameValue(sample, codec.decode(codec.encode(sample))))).toEqual(
      samples.map(() => true),
    )
  },

  async 'shares no memory between what it decodes and the bytes'({ codec, expect }) {
    const value = { text: 'green', list: [1, 2, 3] }
    const raw = { raw: new Uint8Array([1, 2, 3]) }
    const takesBytes = (await failureOf(() => codec.encode(raw))) === undefined
    for (const each of takesBytes ? [value, raw] : [value]) {
      const bytes = Uint8Array.from(codec.encode(each))
      const decoded = codec.decode(bytes)
      bytes.fill(255)
      expect(sameValue(each, decoded)).toBe(true)
    }
  },

  async 'leaves bytes it gave out alone, and the bytes it is given'({ codec, expect }) {
    const first = codec.encode({ first: true })
    const copy = Uint8Array.from(first)
    for (let round = 0; round < 500; round += 1) codec.encode({ round, text: 'x'.repeat(round) })
    codec.decode(first)
    expect([...first]).toEqual([...copy])
  },

  async 'lets no key reach a prototype'({ codec, expect }) {
    const value: unknown = JSON.parse(
      '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": 1}}}',
    )
    let decoded: unknown
    // Refusing such a key is as good as bringing it back as an ordinary property.
    const refused =
      (await failureOf(() => {
        decoded = codec.decode(codec.encode(value))
      })) !== undefined
    expect({
      object: refused ? undefined : (decoded as { polluted?: unknown }).polluted,
      all: 'polluted' in {},
    }).toEqual({
      object: undefined,
      all: false,
    })
  },
}
