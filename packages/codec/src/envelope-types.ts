import type { Awaitable, ByteSize, Codec, Entry } from '@greenlang/core'
import type { CompressionName } from './envelope/compress.ts'
import type { SealOptions } from './envelope/seal-options.ts'
import type { Decoded } from './envelope.ts'

export interface EnvelopeOptions {
  /** Turns values into bytes. Default `cborCodec()`. */
  codec?: Codec
  /** How values are made smaller, where that saves an eighth at least. Default `'none'`. */
  compression?: CompressionName
  /** Longest encoded value that is left alone. 0 to `'1gb'`. Default `'1kb'`. */
  compressAbove?: ByteSize
  /** Makes entries that no other writer of the store can forge, or read. Default none. */
  seal?: SealOptions
}

/** Entries to bytes and back, as the options say. */
export interface Envelope {
  readonly codec: Codec
  /**
   * Never aliases the value. A promise only where compression is better done beside the event loop.
   * Throws or rejects with UnsupportedValueError for a value the codec cannot bring back.
   */
  encode(key: string, entry: Entry): Awaitable<Uint8Array>
  /** Never throws or rejects, whatever the bytes. A promise only where decompression is better done beside the event loop. */
  decode<T = unknown>(key: string, bytes: Uint8Array): Awaitable<Decoded<T>>
  stats(): EnvelopeStats
}

/** What was encoded since the start. The ratio of compression is `bytesStored / bytesIn`. */
export interface EnvelopeStats {
  /** Bytes of values before compression. */
  readonly bytesIn: number
  /** Bytes of the same values as stored, without the header. */
  readonly bytesStored: number
  /** Entries whose value was stored compressed. */
  readonly compressed: number
}
