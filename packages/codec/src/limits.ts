import { type ByteSize, type Codec, checkInteger, checkOptions, parseByteSize } from '@greenlang/core'

/** Bounds of one value, the same when it is written and when it is read. */
export interface CodecOptions {
  /** Most bytes one encoded value may have. 1 byte to `'1gb'`. Default `'64mb'`. */
  maxBytes?: ByteSize
  /** Most levels of arrays, objects, maps and sets inside each other. 1 to 1000. Default `200`. */
  maxDepth?: number
}

export interface CodecLimits {
  readonly maxBytes: number
  readonly maxDepth: number
}

const defaultMaxBytes: ByteSize = '64mb'
const defaultMaxDepth = 200
export const largestBytes: number = 1024 ** 3

export function parseCodecOptions(factory: string, options: CodecOptions): CodecLimits {
  checkOptions(`${factory} options`, options, ['maxBytes', 'maxDepth'])
  const maxBytes = parseByteSize('maxBytes', options.maxBytes ?? defaultMaxBytes)
  return {
    maxBytes: checkInteger('maxBytes', maxBytes, 1, largestBytes),
    maxDepth: checkInteger('maxDepth', options.maxDepth ?? defaultMaxDepth, 1, 1000),
  }
}

/** Most bytes that `codec` takes, where it says so; else what ours take by default. */
export function maxBytesOf(codec: Codec & { readonly maxBytes?: number }): number {
  return codec.maxBytes ?? parseByteSize('maxBytes', defaultMaxBytes)
}
