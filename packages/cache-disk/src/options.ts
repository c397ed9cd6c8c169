import { resolve } from 'node:path'
import { cborCodec, createEnvelope, type Envelope, type EnvelopeOptions } from '@greenlang/codec'
import {
  type ByteSize,
  type Clock,
  type Codec,
  checkBoolean,
  checkClock,
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkText,
  type DiskEvent,
  type Duration,
  InvalidOptionError,
  type Observer,
  parseByteSize,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import { type AdmissionOptions, type AdmissionSettings, parseAdmission } from './admission/admission.ts'
import type { IntegrityName } from './files/integrity.ts'
import type { Durability } from './files/write-file.ts'
import type { MetadataBinding } from './metadata/metadata-store.ts'

/** How a disk tier behaves. */
export interface DiskOptions {
  /** Where it lives: a path on a local disk, made if absent, owned by one tier at a time. No default. */
  directory: string
  /** Most bytes its values may take, in blocks of 4 KiB; what is expired goes first, then the least recently used. >= `'64kb'`. No default. */
  maxBytes: ByteSize
  /** Most entries, which bounds the index in memory. >= 1. Default `1_000_000`. */
  maxEntries?: number
  /** Label in events and metrics; not empty. Default `'disk'`. */
  name?: string
  /** Longest this tier keeps any entry, whatever the entry says. > 0. Default `Infinity`. */
  maxTtl?: Duration
  /**
   * What an acknowledged `set` survives: `'none'` the end of the process, but for the latest ones; `'data'` a kill at any
   * moment; `'full'` a power cut. Deletes and invalidations survive a kill always. Default `'none'`.
   */
  durability?: Durability
  /** What every byte is checked by when it is read. Default `'sha256'`. */
  integrity?: IntegrityName
  /** Whether `set` is done before the file is written; reads see it at once. For `durability: 'none'`. Default `false`. */
  writeBehind?: boolean
  /** Which values are worth writing. Default: all. */
  admission?: AdmissionOptions
  /** Turns values into bytes. Default `cborCodec()`. */
  codec?: Codec
  /** How values are made smaller, where that saves an eighth at least. Default `'none'`. */
  compression?: 'gzip' | 'brotli' | 'none'
  /** Longest encoded value that is not compressed. >= 0. Default `'1kb'`. */
  compressAbove?: ByteSize
  /** Makes files that nobody else can forge, or read. Default: none. */
  seal?: NonNullable<EnvelopeOptions['seal']>
  /** What SQLite is reached by; `'auto'` takes the first of the others that is there. Default `'auto'`. */
  metadata?: MetadataBinding
  /** How often expired entries are removed and uses are written down, in ms. > 0. Default `'1m'`. */
  sweepEvery?: Duration
  /** Receives what happens to the disk. Must not block; what it throws or rejects with is dropped. Default: none. */
  observer?: Observer<DiskEvent>
  /** Where it reads the time. Default `systemClock`. */
  clock?: Clock
}

export interface DiskSettings {
  readonly directory: string
  readonly maxBytes: number
  readonly maxEntries: number
  readonly name: string
  readonly maxTtlMs: number
  readonly durability: Durability
  readonly integrity: IntegrityName
  readonly writeBehind: boolean
  readonly admission: AdmissionSettings
  readonly envelope: Envelope
  readonly metadata: MetadataBinding
  readonly sweepEveryMs: number
  readonly onEvent: Observer<DiskEvent> | undefined
  readonly clock: Clock
}

const known = [
  ...['directory', 'maxBytes', 'maxEntries', 'name', 'maxTtl', 'durability', 'integrity', 'writeBehind'],
  ...[
    'admission',
    'codec',
    'compression',
    'compressAbove',
    'seal',
    'metadata',
    'sweepEvery',
    'observer',
    'clock',
  ],
]
const leastBytes = 64 * 1024

export function parseDiskOptions(options: DiskOptions): DiskSettings {
  checkOptions('diskTier options', options, known)
  const { maxEntries = 1_000_000, durability = 'none', writeBehind = false, observer } = options
  const maxBytes = parseByteSize('maxBytes', options.maxBytes, leastBytes)
  if (observer !== undefined) checkFunction('observer', observer)
  checkOneOf('durability', durability, ['none', 'data', 'full'])
  if (checkBoolean('writeBehind', writeBehind) && durability !== 'none')
    throw new InvalidOptionError('writeBehind', `false with durability '${durability}'`, writeBehind)
  return {
    directory: resolve(checkText('directory', options.directory)),
    maxBytes: checkInteger('maxBytes', maxBytes, leastBytes),
    maxEntries: checkInteger('maxEntries', maxEntries, 1),
    name: checkText('name', options.name ?? 'disk'),
    maxTtlMs: parseDuration('maxTtl', options.maxTtl ?? Number.POSITIVE_INFINITY),
    durability,
    integrity: checkOneOf('integrity', options.integrity ?? 'sha256', ['sha256', 'crc32']),
    writeBehind,
    admission: parseAdmission(options.admission),
    envelope: envelopeOf(options),
    metadata: checkOneOf('metadata', options.metadata ?? 'auto', ['auto', 'sqlite3', 'node:sqlite']),
    sweepEveryMs: parseDuration('sweepEvery', options.sweepEvery ?? '1m'),
    onEvent: observer,
    clock: checkClock('clock', options.clock ?? systemClock),
  }
}

/** Files are checked by a trailer of their own. */
function envelopeOf({ codec = cborCodec(), compression, compressAbove, seal }: DiskOptions): Envelope {
  return createEnvelope({
    codec,
    checksum: false,
    ...(compression !== undefined && { compression }),
    ...(compressAbove !== undefined && { compressAbove }),
    ...(seal !== undefined && { seal }),
  })
}
