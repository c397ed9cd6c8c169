/**
 * Compression of a value, beside the event loop where it would take more than about a ms of it. What comes back is bounded
 * by the length that the bytes say, which was compared with what the codec takes before: a bomb ends where it exceeds that.
 */

import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
} from 'node:zlib'
import type { Awaitable } from '@greenlang/core'
import { noCompression } from './layout.ts'
import type { StoredValue } from './write-frame.ts'

export type CompressionName = 'gzip' | 'brotli' | 'none'

/** From here on, by length before compression, zlib works on another thread: 64 kB take about 1 ms. */
const longestInline = 65_536
/** What is saved less than an eighth is not worth being brought back at every read. */
const keptBelow = 7 / 8
const chunkBytes = { least: 256, most: 65_536 }

interface Method {
  readonly id: number
  packSync(bytes: Uint8Array): Buffer
  pack(bytes: Uint8Array, done: Done): void
  unpackSync(bytes: Uint8Array, bounds: Bounds): Buffer
  unpack(bytes: Uint8Array, bounds: Bounds, done: Done): void
}

type Done = (error: Error | null, bytes: Buffer) => void

interface Bounds {
  readonly maxOutputLength: number
  readonly chunkSize: number
}

/** Of their levels those after which each tenth less costs as much again: docs/design/0006. */
const gzipLevel = { level: 3 }
const brotliQuality = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }

const methods: Readonly<Record<Exclude<CompressionName, 'none'>, Method>> = {
  gzip: {
    id: 1,
    packSync: bytes => gzipSync(bytes, gzipLevel),
    pack: (bytes, done) => gzip(bytes, gzipLevel, done),
    unpackSync: gunzipSync,
    unpack: gunzip,
  },
  brotli: {
    id: 2,
    packSync: bytes => brotliCompressSync(bytes, brotliQuality),
    pack: (bytes, done) => brotliCompress(bytes, brotliQuality, done),
    unpackSync: brotliDecompressSync,
    unpack: brotliDecompress,
  },
}

const methodsById: readonly (Method | undefined)[] = [undefined, methods.gzip, methods.brotli]

export interface Compressor {
  readonly method: CompressionName
  /** Longest value in bytes that is left alone. */
  readonly above: number
}

/** The value as it is to be stored; as it was where compression does not pay. */
export function compress(bytes: Uint8Array, { method: name, above }: Compressor): Awaitable<StoredValue> {
  if (name === 'none' || bytes.byteLength <= above) return plain(bytes)
  const method = methods[name]
  if (bytes.byteLength <= longestInline) return better(bytes, method.packSync(bytes), method.id)
  return new Promise((resolve, reject) => {
    method.pack(bytes, (error, packed) => (error ? reject(error) : resolve(better(bytes, packed, method.id))))
  })
}

/** The value before compression; `undefined` if the bytes are not exactly `length` bytes compressed. */
export function decompress(
  bytes: Buffer,
  compression: number,
  length: number,
): Awaitable<Buffer | undefined> {
  if (compression === noCompression) return bytes
  const method = methodsById[compression]
  if (!method || length === 0) return undefined
  const chunkSize = Math.max(chunkBytes.least, Math.min(length, chunkBytes.most))
  const bounds = { maxOutputLength: length, chunkSize }
  if (Math.max(length, bytes.length) <= longestInline) return whole(inline(method, bytes, bounds), length)
  return new Promise(resolve => {
    method.unpack(bytes, bounds, (error, raw) => resolve(error ? undefined : whole(raw, length)))
  })
}

function inline(method: Method, bytes: Buffer, bounds: Bounds): Buffer | undefined {
  try {
    return method.unpackSync(bytes, bounds)
  } catch {
    return undefined
  }
}

function whole(raw: Buffer | undefined, length: number): Buffer | undefined {
  return raw?.length === length ? raw : undefined
}

function better(bytes: Uint8Array, packed: Buffer, compression: number): StoredValue {
  if (packed.length > bytes.byteLength * keptBelow) return plain(bytes)
  return { bytes: packed, rawLength: bytes.byteLength, compression }
}

function plain(bytes: Uint8Array): StoredValue {
  return { bytes, rawLength: bytes.byteLength, compression: noCompression }
}
