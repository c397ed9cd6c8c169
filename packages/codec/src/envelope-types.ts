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
  /**
   * Whether damage is found by a CRC-32. `false` writes 0 in its place and compares none: only for a store that checks
   * every byte itself. It then reads what was written with `true`, but not the other way round. Default `true`.
   */
  checksum?: boolean
}

export interface ReadOptions {
  /**
   * That the bytes, and the ArrayBuffer they lie in, belong to nobody else and are never changed or used again: the value
   * may then alias them. `cborCodec` does so where it is one Buffer or Uint8Array of 64 kB or more that is at least
   * eight ninths of the ArrayBuffer, and copies all else. Default `false`.
   */
  owned?: boolean
}

/** Entries to bytes and back, as the options say. */
export interface Envelope {
  readonly codec: Codec
  /**
   * Never aliases the value. A promise only where compression is better done beside the event loop.
   * Throws or rejects with UnsupportedValueError for a value the codec cannot bring back.
   */
  encode(key: string, entry: Entry): Awaitable<Uint8Array>
  /**
   * As `encode`, in parts to be written one after the other, so that a large value is not copied once more. How many there
   * are is not fixed. They do not alias the value either.
   */
  encodeParts(key: string, entry: Entry): Awaitable<readonly Uint8Array[]>
  /** Never throws or rejects, whatever the bytes. A promise only where decompression is better done beside the event loop. */
  decode<T = unknown>(key: string, bytes: Uint8Array, options?: ReadOptions): Awaitable<Decoded<T>>
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
