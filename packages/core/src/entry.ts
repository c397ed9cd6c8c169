import { type Clock, systemClock } from './clock.ts'
import { type Duration, parseDuration } from './duration.ts'
import { InvalidArgumentError, InvalidOptionError } from './error.ts'
import { noStamp, type Stamp } from './stamp.ts'

/**
 * A value and its dates. Dates are ms since the epoch and absolute: copying an entry between tiers never lengthens its
 * life. Treat an entry, and the value in it, as frozen.
 */
export interface Entry<T = unknown> {
  readonly value: T
  readonly createdAt: number
  /** From here on the value is stale: served only where the caller allowed it. */
  readonly staleAt: number
  /** From here on no tier returns it. Never before `staleAt`. */
  readonly expiresAt: number
  /** Names it can be invalidated by. */
  readonly tags: readonly string[]
  /** What its loader knew: the highest stamp seen when the load *began*. */
  readonly stamp: Stamp
  /** Marked stale by an invalidation. It may then stand in for a failed load only. */
  readonly invalidated: boolean
  /** The load found nothing: `value` is `undefined` and means so. Stamped and tagged like any; never stands in by grace. */
  readonly negative: boolean
  /**
   * By the clock of the process that holds this copy, in ms: no invalidation acknowledged before this moment can be
   * missing from it. It is when its load began, or a shared tier was read and the bus asked about it; where the bus was not
   * asked, the last beat, if that is earlier.
   * 0 in what a tier with a journal kept from an earlier process and still vouches for; absent where nobody vouches, as
   * in shared tiers.
   */
  readonly checkedAt?: number
}

/** What an entry's dates and tags come from. */
export interface EntryOptions {
  /** How long the value is fresh. > 0. Default `'5m'`. */
  ttl?: Duration
  /** How long past `ttl` the value may still stand in for a load that fails. >= 0. Default `0`. */
  grace?: Duration
  /** Names the entry can be invalidated by; each a string that is not empty. Default `[]`. */
  tags?: readonly string[]
}

/** The circumstances of an entry's birth. */
export interface EntryContext {
  /** Read for `createdAt`. Default `systemClock`. */
  clock?: Clock
  /** What the loader knew of invalidations. Default `noStamp`. */
  stamp?: Stamp
}

/** fresh: serve it. stale: only where the caller allowed it. expired: as if absent. */
export type Freshness = 'fresh' | 'stale' | 'expired'

const defaultTtl: Duration = '5m'
const noTags: readonly string[] = Object.freeze([])

/**
 * An entry whose life begins now.
 * @throws InvalidArgumentError for `undefined`, which is not a value. InvalidOptionError for a bad ttl, grace or tag.
 */
export function createEntry<T>(value: T, options: EntryOptions = {}, context: EntryContext = {}): Entry<T> {
  if (value === undefined) throw new InvalidArgumentError('value', 'anything but undefined', value)
  const { ttl = defaultTtl, grace = 0, tags = noTags } = options
  const { clock = systemClock, stamp = noStamp } = context
  const createdAt = clock.now()
  const staleAt = createdAt + parseDuration('ttl', ttl)
  const expiresAt = staleAt + parseDuration('grace', grace, { minMs: 0 })
  const dates = { createdAt, staleAt, expiresAt }
  return { value, ...dates, tags: checkTags(tags), stamp, invalidated: false, negative: false }
}

/**
 * An entry that says that there is nothing, for `ttl` from now. It has no grace: it never stands in for a failed load.
 * @throws InvalidOptionError for a bad ttl or tag.
 */
export function createNegativeEntry(
  options: Omit<EntryOptions, 'grace'> = {},
  context: EntryContext = {},
): Entry<undefined> {
  const { ttl = defaultTtl, tags = noTags } = options
  return { ...createEntry(null, { ttl, tags }, context), value: undefined, negative: true }
}

export function freshness(entry: Entry, now: number): Freshness {
  if (now >= entry.expiresAt) return 'expired'
  return entry.invalidated || now >= entry.staleAt ? 'stale' : 'fresh'
}

/** The same entry, gone at the latest `maxTtlMs` from `now`; the same object where that changes nothing. */
export function shortenLife<T>(entry: Entry<T>, maxTtlMs: number, now: number): Entry<T> {
  const end = now + maxTtlMs
  if (entry.expiresAt <= end) return entry
  return { ...entry, staleAt: Math.min(entry.staleAt, end), expiresAt: end }
}

/** The same entry, marked by an invalidation. */
export function markInvalidated<T>(entry: Entry<T>): Entry<T> {
  return entry.invalidated ? entry : { ...entry, invalidated: true }
}

function checkTags(tags: readonly string[]): readonly string[] {
  const expected = 'an array of strings that are not empty'
  if (!Array.isArray(tags)) throw new InvalidOptionError('tags', expected, tags)
  for (const tag of tags)
    if (typeof tag !== 'string' || tag === '') throw new InvalidOptionError('tags', expected, tag)
  return tags.length === 0 ? noTags : [...tags]
}
