/**
 * The envelope with all that it can do: value to bytes by the codec, compressed, then sealed; and back in the other order,
 * so that neither the decompressor nor the codec sees bytes that a seal does not vouch for. Rejected: compressing after
 * encryption (nothing left to compress), and one seal for all that passes (an entry must be readable by itself).
 */
import type { Awaitable, Codec, Entry } from '@greenlang/core'
import {
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  InvalidOptionError,
  parseByteSize,
} from '@greenlang/core'
import { cborCodec, isCborCodec } from './cbor.ts'
import { type Compressor, compress, decompress } from './envelope/compress.ts'
import { noCompression, noSeal } from './envelope/layout.ts'
import { type Frame, foreign, readFrame } from './envelope/read-frame.ts'
import { createSealer } from './envelope/seal.ts'
import { checkSeal } from './envelope/seal-options.ts'
import { entryOf } from './envelope/to-entry.ts'
import {
  encodeValue,
  type Framing,
  type StoredValue,
  writeFrame,
  writeParts,
} from './envelope/write-frame.ts'
import type { Decoded } from './envelope.ts'
import type { Envelope, EnvelopeOptions, EnvelopeStats, ReadOptions } from './envelope-types.ts'
import { isJsonCodec } from './json.ts'
import { largestBytes, maxBytesOf } from './limits.ts'

const optionNames = ['codec', 'compression', 'compressAbove', 'seal', 'checksum']
/** Smallest value that is a part of its own: copying less costs less than one more buffer to write. */
const leastApart = 65_536
const compressions = ['gzip', 'brotli', 'none'] as const

/** @throws InvalidOptionError for a bad option; secrets are never shown. */
export function createEnvelope(options: EnvelopeOptions = {}): Envelope {
  checkOptions('createEnvelope', options, optionNames)
  const { codec = cborCodec(), compression = 'none', compressAbove = '1kb', seal, checksum = true } = options
  checkFunction('codec.encode', codec?.encode)
  checkFunction('codec.decode', codec?.decode)
  const above = parseByteSize('compressAbove', compressAbove, 0)
  const compressor = {
    method: checkOneOf('compression', compression, compressions),
    above: checkInteger('compressAbove', above, 0, largestBytes),
  }
  if (typeof checksum !== 'boolean') throw new InvalidOptionError('checksum', 'true or false', checksum)
  const sealer = seal && createSealer(checkSeal(seal))
  return new SealingEnvelope(codec, compressor, { sealer, checked: checksum })
}

class SealingEnvelope implements Envelope {
  readonly codec: Codec
  readonly #compressor: Compressor
  readonly #framing: Framing
  readonly #counts = { bytesIn: 0, bytesStored: 0, compressed: 0 }

  constructor(codec: Codec, compressor: Compressor, framing: Framing) {
    this.codec = codec
    this.#compressor = compressor
    this.#framing = framing
  }

  encode(key: string, entry: Entry): Awaitable<Uint8Array> {
    const stored = compress(encodeValue(this.codec, entry), this.#compressor)
    return isLater(stored)
      ? stored.then(value => this.#whole(key, entry, value))
      : this.#whole(key, entry, stored)
  }

  encodeParts(key: string, entry: Entry): Awaitable<readonly Uint8Array[]> {
    const stored = compress(encodeValue(this.codec, entry), this.#compressor)
    return isLater(stored)
      ? stored.then(value => this.#parts(key, entry, value))
      : this.#parts(key, entry, stored)
  }

  decode<T = unknown>(key: string, bytes: Uint8Array, options?: ReadOptions): Awaitable<Decoded<T>> {
    const { codec } = this
    const frame = readFrame({ key, codec, checked: this.#framing.checked }, bytes)
    if (frame.kind === 'foreign') return frame
    if (Math.max(frame.rawLength, frame.value.length) > maxBytesOf(codec)) return foreign('size')
    const opened = this.#open(frame)
    if (!opened) return foreign('seal')
    const owned = options?.owned === true
    const raw = decompress(opened, frame.compression, frame.rawLength)
    return isLater(raw) ? raw.then(value => this.#entry(frame, value, owned)) : this.#entry(frame, raw, owned)
  }

  stats(): EnvelopeStats {
    return { ...this.#counts }
  }

  /** The value before sealing; `undefined` if it is not sealed as it has to be. */
  #open({ source, headEnd, seal, value }: Frame): Buffer | undefined {
    const { sealer } = this.#framing
    const isSealed = seal !== undefined && seal.mode !== noSeal
    if (!sealer) return isSealed ? undefined : value
    return isSealed ? sealer.open(source.subarray(0, headEnd), seal, value) : undefined
  }

  #entry<T>(frame: Frame, raw: Buffer | undefined, owned: boolean): Decoded<T> {
    if (!raw) return foreign('value')
    // What was decrypted or decompressed here is nobody else's.
    return entryOf<T>(frame, { bytes: raw, codec: this.codec, owned: owned || raw !== frame.value })
  }

  #whole(key: string, entry: Entry, stored: StoredValue): Buffer {
    this.#count(stored)
    return writeFrame({ key, entry, codecId: this.codec.id }, stored, this.#framing)
  }

  #parts(key: string, entry: Entry, stored: StoredValue): Uint8Array[] {
    // A codec of somebody's may give back the value itself, and then only a copy is safe.
    const isApart =
      stored.bytes.byteLength >= leastApart && (stored.compression !== noCompression || copies(this.codec))
    if (!isApart) return [this.#whole(key, entry, stored)]
    this.#count(stored)
    return writeParts({ key, entry, codecId: this.codec.id }, stored, this.#framing)
  }

  #count({ bytes, rawLength, compression }: StoredValue): void {
    this.#counts.bytesIn += rawLength
    this.#counts.bytesStored += bytes.byteLength
    if (compression !== noCompression) this.#counts.compressed += 1
  }
}

/** Whether what it encodes never aliases the value. */
function copies(codec: Codec): boolean {
  return isCborCodec(codec) || isJsonCodec(codec)
}

/** A value that is there is used at once, so that small entries cost no turn of the event loop. */
function isLater<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | undefined)?.then === 'function'
}
