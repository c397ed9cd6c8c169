/**
 * The envelope with all that it can do: value to bytes by the codec, compressed, then sealed; and back in the other order,
 * so that neither the decompressor nor the codec sees bytes that a seal does not vouch for. Rejected: compressing after
 * encryption (nothing left to compress), and one seal for all that passes (an entry must be readable by itself).
 */
import type { Awaitable, Codec, Entry } from '@greenlang/core'
import { checkFunction, checkInteger, checkOneOf, checkOptions, parseByteSize } from '@greenlang/core'
import { cborCodec } from './cbor.ts'
import { type Compressor, compress, decompress } from './envelope/compress.ts'
import { noCompression, noSeal } from './envelope/layout.ts'
import { type Foreign, type Frame, foreign, readFrame } from './envelope/read-frame.ts'
import { createSealer, type Sealer } from './envelope/seal.ts'
import { checkSeal } from './envelope/seal-options.ts'
import { entryOf } from './envelope/to-entry.ts'
import { encodeValue, type StoredValue, writeFrame } from './envelope/write-frame.ts'
import type { Decoded } from './envelope.ts'
import type { Envelope, EnvelopeOptions, EnvelopeStats } from './envelope-types.ts'
import { largestBytes, maxBytesOf } from './limits.ts'

const optionNames = ['codec', 'compression', 'compressAbove', 'seal']
const compressions = ['gzip', 'brotli', 'none'] as const

/** @throws InvalidOptionError for a bad option; secrets are never shown. */
export function createEnvelope(options: EnvelopeOptions = {}): Envelope {
  checkOptions('createEnvelope', options, optionNames)
  const { codec = cborCodec(), compression = 'none', compressAbove = '1kb', seal } = options
  checkFunction('codec.encode', codec?.encode)
  checkFunction('codec.decode', codec?.decode)
  const above = parseByteSize('compressAbove', compressAbove, 0)
  const compressor = {
    method: checkOneOf('compression', compression, compressions),
    above: checkInteger('compressAbove', above, 0, largestBytes),
  }
  return new SealingEnvelope(codec, compressor, seal && createSealer(checkSeal(seal)))
}

class SealingEnvelope implements Envelope {
  readonly codec: Codec
  readonly #compressor: Compressor
  readonly #sealer: Sealer | undefined
  readonly #counts = { bytesIn: 0, bytesStored: 0, compressed: 0 }

  constructor(codec: Codec, compressor: Compressor, sealer: Sealer | undefined) {
    this.codec = codec
    this.#compressor = compressor
    this.#sealer = sealer
  }

  encode(key: string, entry: Entry): Awaitable<Uint8Array> {
    const labels = { key, entry, codecId: this.codec.id }
    const finish = (stored: StoredValue) => {
      this.#count(stored)
      return writeFrame(labels, stored, this.#sealer)
    }
    return thenOf(compress(encodeValue(this.codec, entry), this.#compressor), finish)
  }

  decode<T = unknown>(key: string, bytes: Uint8Array): Awaitable<Decoded<T>> {
    const frame = readFrame(key, bytes, this.codec)
    if (frame.kind === 'foreign') return frame
    if (Math.max(frame.rawLength, frame.value.length) > maxBytesOf(this.codec)) return foreign('size')
    const opened = this.#open(frame)
    if (!opened) return foreign('seal')
    const finish = (raw: Buffer | undefined): Decoded<T> | Foreign =>
      raw ? entryOf<T>(frame, raw, this.codec) : foreign('value')
    return thenOf(decompress(opened, frame.compression, frame.rawLength), finish)
  }

  stats(): EnvelopeStats {
    return { ...this.#counts }
  }

  /** The value before sealing; `undefined` if it is not sealed as it has to be. */
  #open({ head, seal, value }: Frame): Buffer | undefined {
    const isSealed = seal !== undefined && seal.mode !== noSeal
    if (!this.#sealer) return isSealed ? undefined : value
    return isSealed ? this.#sealer.open(head, seal, value) : undefined
  }

  #count({ bytes, rawLength, compression }: StoredValue): void {
    this.#counts.bytesIn += rawLength
    this.#counts.bytesStored += bytes.byteLength
    if (compression !== noCompression) this.#counts.compressed += 1
  }
}

/** At once where the value is there, so that small entries cost no turn of the event loop. */
function thenOf<In, Out>(value: Awaitable<In>, next: (value: In) => Out): Awaitable<Out> {
  const isPromise = typeof (value as Partial<PromiseLike<In>> | undefined)?.then === 'function'
  return isPromise ? ((value as PromiseLike<In>).then(next) as Promise<Out>) : next(value as In)
}
