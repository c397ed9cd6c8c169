import {
  type ByteSize,
  type Clock,
  checkClock,
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkText,
  createLatencyRecorder,
  InvalidArgumentError,
  InvalidOptionError,
  type LatencyRecorder,
  parseByteSize,
  parseDuration,
  systemClock,
} from '@greenlang/core'
import { defaultEviction, type Eviction, evictionPolicies } from './eviction.ts'
import { type Keeping, keepingOf } from './keeping.ts'
import type { MemoryTierOptions } from './options.ts'
import { type Bounds, type Pressure, pressureOf } from './pressure.ts'
import type { RemovalListener } from './removals.ts'
import { sizeOf } from './size-of.ts'

export type SizeOf = (value: unknown) => number

/** The options, checked, with defaults in place. Sizes in bytes, `Infinity` for no bound; durations in ms. */
export interface Settings<T> {
  readonly name: string
  readonly clock: Clock
  readonly eviction: Eviction
  readonly maxEntries: number
  readonly maxBytes: number
  readonly maxEntryBytes: number
  /** `undefined` where nothing is to be weighed. */
  readonly sizeOf: SizeOf | undefined
  readonly ttlMs: number
  readonly maxTtlMs: number
  readonly keeping: Keeping<T>
  readonly onRemoval: RemovalListener<T> | undefined
  readonly latency: LatencyRecorder
  readonly pressure: Pressure | undefined
}

/** Beyond it a `Map` of V8 under churn fails: it holds 2^24 places, and removed keys take theirs until a rehash. */
const mostEntries = 2 ** 23

const known = [
  'maxEntries',
  'maxBytes',
  'maxEntryBytes',
  'eviction',
  'sizeOf',
  'ttl',
  'maxTtl',
  'freeze',
  'clone',
  'onRemoval',
  'latency',
  'pressure',
  'name',
  'clock',
]

/** @throws InvalidOptionError for an option that is missing, unknown or out of range. */
export function settingsOf<T>(options: MemoryTierOptions<T>): Settings<T> {
  checkOptions('memoryTier', options, known)
  const { name = 'memory', clock = systemClock, eviction = defaultEviction, latency } = options
  const { ttl = '5m', maxTtl = Number.POSITIVE_INFINITY, onRemoval } = options
  return {
    name: checkText('name', name),
    clock: checkClock('clock', clock),
    eviction: checkOneOf('eviction', eviction, evictionPolicies),
    ...boundsOf(options, eviction),
    ttlMs: wholeMs('ttl', parseDuration('ttl', ttl)),
    maxTtlMs: wholeMs('maxTtl', parseDuration('maxTtl', maxTtl)),
    keeping: keepingOf(options),
    onRemoval: onRemoval === undefined ? undefined : checkFunction('onRemoval', onRemoval),
    latency: latency === undefined ? createLatencyRecorder() : checkRecorder(latency),
    pressure: pressureOf(options.pressure),
  }
}

/** @throws InvalidOptionError for a bound that is out of range or unknown. */
export function checkResize(bounds: { maxEntries?: number; maxBytes?: ByteSize }): Partial<Bounds> {
  checkOptions('resize', bounds, ['maxEntries', 'maxBytes'])
  const { maxEntries, maxBytes } = bounds
  return {
    ...(maxEntries !== undefined && { maxEntries: checkInteger('maxEntries', maxEntries, 1, mostEntries) }),
    ...(maxBytes !== undefined && { maxBytes: parseByteSize('maxBytes', maxBytes) }),
  }
}

function boundsOf<T>(options: MemoryTierOptions<T>, eviction: Eviction) {
  const { maxEntries, maxBytes, maxEntryBytes } = options
  const bytesAlone = maxEntries === undefined && maxBytes !== undefined
  const weighs = maxBytes !== undefined || maxEntryBytes !== undefined || eviction === 'size'
  const own = options.sizeOf === undefined ? undefined : checkFunction('sizeOf', options.sizeOf)
  return {
    maxEntries: checkInteger('maxEntries', bytesAlone ? mostEntries : maxEntries, 1, mostEntries),
    maxBytes: bytesOf('maxBytes', maxBytes),
    maxEntryBytes: bytesOf('maxEntryBytes', maxEntryBytes),
    sizeOf: weighs ? (own === undefined ? sizeOf : checkedSize(own as SizeOf)) : undefined,
  }
}

const bytesOf = (option: string, size: ByteSize | undefined) =>
  size === undefined ? Number.POSITIVE_INFINITY : parseByteSize(option, size)

function checkedSize(own: SizeOf): SizeOf {
  return value => {
    const bytes = own(value)
    if (bytes >= 0 && bytes < Number.POSITIVE_INFINITY) return bytes
    throw new InvalidArgumentError('value', 'something that sizeOf gives a number of bytes >= 0 for', bytes)
  }
}

/** Whole numbers of ms are what entries are packed as. */
export function wholeMs(option: string, ms: number): number {
  if (ms === Number.POSITIVE_INFINITY || Number.isInteger(ms)) return ms
  throw new InvalidOptionError(option, "a whole number of ms, such as 250, '5s', or Infinity", ms)
}

function checkRecorder(latency: LatencyRecorder): LatencyRecorder {
  const calls: Partial<LatencyRecorder> | null = typeof latency === 'object' ? latency : null
  if (typeof calls?.record === 'function' && typeof calls.snapshot === 'function') return latency
  throw new InvalidOptionError('latency', 'a recorder with record() and snapshot()', latency)
}
