export { cborCodec } from './cbor.ts'
export { createEnvelope } from './create-envelope.ts'
export {
  type Decoded,
  type DecodeLimits,
  decodeEntry,
  encodeEntry,
  type ForeignReason,
  invalidatedState,
  stateOffset,
} from './envelope.ts'
export { MalformedBytesError, UnsupportedValueError } from './error.ts'
export type { Envelope, EnvelopeOptions } from './envelope-types.ts'
export { jsonCodec } from './json.ts'
export type { CodecOptions } from './limits.ts'
export { encodeText } from './text.ts'
