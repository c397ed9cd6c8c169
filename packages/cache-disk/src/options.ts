import { resolve } from 'node:path'
import { cborCodec } from '@greenlang/codec'
import {
  type ByteSize,
  type Clock,
  type Codec,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  checkText,
  type Duration,
  parseByteSize,
  parseDuration,
  systemClock,
} from '@greenlang/core'

/** How a disk tier behaves. */
export interface DiskOptions {
  /** Where it lives: a path on a local disk, made if absent, owned by one tier at a time. No default. */
  directory: string
  /** Most bytes its values may take, in blocks of 4 KiB; the least recently used go first. >= `'64kb'`. No default. */
  maxBytes: ByteSize
  /** Label in events and metrics; not empty. Default `'disk'`. */
  name?: string
  /** Longest this tier keeps any entry, whatever the entry says. > 0. Default `Infinity`. */
  maxTtl?: Duration
  /** Turns values into bytes. Default `cborCodec()`. */
  codec?: Codec
  /** Where it reads the time. Default `systemClock`. */
  clock?: Clock
}

export interface DiskSettings {
  readonly directory: string
  readonly maxBytes: number
  readonly name: string
  readonly maxTtlMs: number
  readonly codec: Codec
  readonly clock: Clock
}

const known = ['directory', 'maxBytes', 'name', 'maxTtl', 'codec', 'clock']
const leastBytes = 64 * 1024

export function parseDiskOptions(options: DiskOptions): DiskSettings {
  checkOptions('diskTier options', options, known)
  const maxBytes = parseByteSize('maxBytes', options.maxBytes, leastBytes)
  return {
    directory: resolve(checkText('directory', options.directory)),
    maxBytes: checkInteger('maxBytes', maxBytes, leastBytes),
    name: checkText('name', options.name ?? 'disk'),
    maxTtlMs: parseDuration('maxTtl', options.maxTtl ?? Number.POSITIVE_INFINITY),
    codec: checkCodec(options.codec ?? cborCodec()),
    clock: checkClock('clock', options.clock ?? systemClock),
  }
}

function checkCodec(codec: Codec): Codec {
  checkFunction('codec.encode', codec?.encode)
  checkFunction('codec.decode', codec?.decode)
  return codec
}
