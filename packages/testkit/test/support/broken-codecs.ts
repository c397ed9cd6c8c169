import type { Codec } from '@greenlang/core'
import { strictJson } from './strict-json.ts'

const scratch = Buffer.alloc(2 ** 20)

const isRefused = (value: unknown): boolean => {
  try {
    strictJson.encode(value)
    return false
  } catch {
    return true
  }
}

/** JSON as it comes: what it cannot hold it changes without a word. */
const careless: Codec = {
  ...strictJson,
  encode: value =>
    Buffer.from(JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner))),
}

const mangling = (wrong: (value: unknown) => boolean): Codec => ({
  ...strictJson,
  encode: value => strictJson.encode(wrong(value) ? { wrong: true } : value),
})

/** One careless codec for each thing the contract holds, by the test that must find it out. */
export const brokenCodecs: Readonly<Record<string, Codec>> = {
  'has a name and an id from 1 to 255': { ...strictJson, id: 256 },
  'brings back null and booleans': mangling(value => value === null),
  'brings back whole numbers': mangling(value => Number(value) > 2 ** 31),
  'brings back other numbers': mangling(value => value === 5e-324),
  'brings back text': {
    ...strictJson,
    encode: value => strictJson.encode(typeof value === 'string' ? value.normalize() : value),
  },
  'brings back arrays': mangling(value => Array.isArray(value) && value.length > 1000),
  'brings back objects': {
    ...strictJson,
    encode: value => strictJson.encode({ toJSON: null, ...Object(value), '': undefined }),
  },
  'brings back nested data': mangling(value => JSON.stringify(value).includes('deeper')),
  'brings back rows of one shape': mangling(value => Array.isArray(value) && value.length === 50),
  'brings back or refuses negative zero and absent properties': {
    ...strictJson,
    encode: value => Buffer.from(JSON.stringify(value, (_, inner) => inner ?? null)),
  },
  'brings back or refuses numbers that are none': careless,
  'brings back or refuses undefined in a list': careless,
  'brings back or refuses dates': careless,
  'brings back or refuses maps and sets': careless,
  'brings back or refuses big integers': careless,
  'brings back or refuses typed arrays': careless,
  'brings back or refuses array buffers': careless,
  'brings back or refuses regular expressions and errors': careless,
  'brings back or refuses class instances': careless,
  'brings back or refuses boxed values': careless,
  'brings back or refuses text with half a surrogate pair': {
    ...strictJson,
    encode: value =>
      Buffer.from(isRefused(value) && typeof value === 'string' ? `"${value}"` : JSON.stringify(value)),
  },
  'brings back or refuses objects that say how to be JSON': careless,
  'refuses what no bytes can hold': {
    ...strictJson,
    encode: value => (typeof value === 'function' ? Buffer.from('null') : strictJson.encode(value)),
  },
  'throws for bytes cut short or with more behind them': {
    ...strictJson,
    decode: bytes => (bytes.length < 5 ? undefined : strictJson.decode(bytes)),
  },
  'throws for hostile bytes': {
    ...strictJson,
    decode: bytes => (bytes.length === 0 ? undefined : strictJson.decode(bytes)),
  },
  'survives random bytes and works afterwards': stuckAfterGarbage(),
  'shares no memory between what it decodes and the bytes': {
    ...strictJson,
    encode: value => {
      const { raw } = value as { raw?: Uint8Array }
      return raw ?? strictJson.encode(value)
    },
    decode: bytes => (bytes[0] === 1 ? { raw: bytes } : strictJson.decode(bytes)),
  },
  'leaves bytes it gave out alone, and the bytes it is given': {
    ...strictJson,
    encode: value => {
      const bytes = strictJson.encode(value)
      scratch.set(bytes)
      return scratch.subarray(0, bytes.length)
    },
  },
  'lets no key reach a prototype': {
    ...strictJson,
    decode: bytes => {
      const decoded = Object(strictJson.decode(bytes))
      const copy: Record<string, unknown> = {}
      for (const key of Object.keys(decoded)) copy[key] = decoded[key]
      return copy
    },
  },
}

function stuckAfterGarbage(): Codec {
  let stuck = false
  return {
    ...strictJson,
    decode: bytes => {
      if (stuck) throw new Error('the decoder is left in the middle of something')
      stuck = true
      const decoded = strictJson.decode(bytes)
      stuck = false
      return decoded
    },
  }
}
