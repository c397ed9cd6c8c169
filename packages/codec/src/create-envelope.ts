import { cborCodec } from './cbor.ts'
import { decodeEntry, encodeEntry } from './envelope.ts'
import type { Envelope, EnvelopeOptions } from './envelope-types.ts'

export function createEnvelope({ codec = cborCodec() }: EnvelopeOptions = {}): Envelope {
  return {
    codec,
    encode: (key, entry) => encodeEntry(key, entry, codec),
    decode: (key, bytes) => decodeEntry(key, bytes, codec),
  }
}
