import type { Awaitable, ByteSize, Codec, Entry } from '@greenlang/core'
import type { Decoded } from './envelope.ts'

export interface EnvelopeOptions {
  /** Turns values into bytes. Default `cborCodec()`. */
  codec?: Codec
  /** How values are made smaller, where that makes them smaller. Default `'none'`. */
  compression?: 'gzip' | 'brotli' | 'none'
}

/** Entries to bytes and back, as the options say. */
export interface Envelope {
  readonly codec: Codec
  /** Never aliases the value. A promise only where compression is better done beside the event loop. */
  encode(key: string, entry: Entry): Awaitable<Uint8Array>
  /** Never throws or rejects, whatever the bytes. A promise only where decompression is better done beside the event loop. */
  decode<T = unknown>(key: string, bytes: Uint8Array): Awaitable<Decoded<T>>
}
export type { ByteSize }
