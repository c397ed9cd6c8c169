import {
  assertContract,
  type CacheEvent,
  type Clock,
  checkBoolean,
  checkClock,
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkText,
  contractOf,
  createLatencyRecorder,
  type InvalidationBus,
  InvalidOptionError,
  type LatencyRecorder,
  type Observer,
  systemClock,
  type Tier,
} from '@greenlang/core'
import { createGuard, type GuardOptions } from '@greenlang/resilience'
import { type AuditOptions, type AuditSettings, checkAudit } from './audit-settings.ts'
import type { BulkheadLimits } from './bulkhead.ts'
import { type LoadSettings, loadSettings } from './load-settings.ts'
import type { LoadDefaults } from './load-types.ts'
import { checkWarming, type WarmingOptions, type WarmingSettings } from './warming/warming-settings.ts'

/** As `guard` of `@greenlang/resilience` takes them; the name is that of each tier. */
export type TierGuardOptions = Omit<GuardOptions, 'name'>

export interface CacheOptions {
  /** Label in events and metrics. Not empty. Default `'default'`. */
  name?: string
  /** Fastest first, at least one, each with a name of its own. A read stops at the first fresh entry. No default. */
  tiers: readonly [Tier, ...Tier[]]
  /**
   * Orders invalidations. With a tier that has leases, as that of `cache-redis`, and a bus over the same server, processes
   * are coherent. Default: a `memoryBus` of its own, which no other process hears; a shared tier is then coherent by ttl only.
   */
  bus?: InvalidationBus
  /**
   * Tags whose last invalidation is remembered, by the cache and by a bus of its own; entries with a tag invalidated
   * before the oldest of them turn stale. >= 1. Default `10_000`.
   */
  maxTags?: number
  /** What a call does not name, field by field. Default `{}`: a ttl of 5 minutes. */
  defaults?: LoadDefaults
  /** Most loads at once, and most that wait for their turn; one more is refused with TooManyLoadsError. Default `{}`: 256 and 10 000. */
  loads?: LoadLimits
  /**
   * What is done with values in private tiers while nobody can be asked whether they were invalidated: `'fresh'` loads them anew but
   * for those loaded within the lease of the bus, `'serve'` serves them within their ttl, outside the promise, counted and said by
   * `health`. Default `'fresh'`.
   */
  whenCut?: 'fresh' | 'serve'
  /** Brings keys to memory ahead of their callers. Default: none. */
  warming?: WarmingOptions
  /** Compares hits in memory with the next tier, in the background. Default: none. */
  audit?: AuditOptions
  /** Told of work that goes on after its caller was answered, for platforms that stop a process then (`waitUntil`). Default: nobody. */
  waitUntil?: (work: Promise<unknown>) => void
  /** Deadline and circuit breaker round each tier that has none of its own; `false` for none. Default `{}`: 250 ms. */
  guard?: TierGuardOptions | false
  /** Receives every event. Must not block; what it throws or rejects with is dropped. Default: none. */
  observer?: Observer<CacheEvent>
  /** Where the time is read. Default `systemClock`. */
  clock?: Clock
  /** Makes the recorder of one tier's latency, and that of loads. Default `createLatencyRecorder` of core. */
  latency?: () => LatencyRecorder
  /** Whether `close` leaves the tiers and the bus given to it open, for others that use them. Default `false`. */
  keepOpen?: boolean
}

export interface LoadLimits {
  /** Whole, >= 1. Default `256`. */
  atOnce?: number
  /** Whole, >= 0. Default `10_000`. */
  waiting?: number
}

/** `CacheOptions` checked, with the defaults in place. */
export interface CacheSettings {
  readonly name: string
  readonly tiers: readonly Tier[]
  readonly bus: InvalidationBus | undefined
  readonly maxTags: number
  readonly defaults: LoadSettings
  readonly loads: BulkheadLimits
  readonly whenCut: 'fresh' | 'serve'
  readonly warming: WarmingSettings | undefined
  readonly audit: AuditSettings | undefined
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined
  readonly guard: TierGuardOptions | false
  readonly observer: Observer<CacheEvent> | undefined
  readonly clock: Clock
  readonly latency: () => LatencyRecorder
  readonly keepOpen: boolean
}

const optionNames = [
  'name',
  'tiers',
  'bus',
  'maxTags',
  'defaults',
  'loads',
  'whenCut',
  'warming',
  'audit',
  'waitUntil',
  'guard',
  'observer',
  'clock',
  'latency',
  'keepOpen',
]

/** @throws InvalidOptionError for a bad option. ContractMismatchError for a tier or bus made for another contract. */
export function checkCacheOptions(options: CacheOptions): CacheSettings {
  checkOptions('createCache', options, optionNames)
  const { name = 'default', bus, observer, guard = {}, defaults = {} } = options
  const { maxTags = 10_000, latency = createLatencyRecorder, keepOpen = false, clock = systemClock } = options
  const { whenCut = 'fresh', warming, audit, waitUntil } = options
  if (bus !== undefined)
    checkPart('bus', bus, ['publish', 'subscribe', 'watch', 'sync', 'resume', 'rules', 'retire', 'close'])
  return {
    name: checkText('name', name),
    tiers: checkTiers(options.tiers),
    bus,
    maxTags: checkInteger('maxTags', maxTags, 1),
    defaults: checkDefaults(defaults),
    loads: checkLoads(options.loads),
    whenCut: checkOneOf('whenCut', whenCut, ['fresh', 'serve']),
    warming: warming === undefined ? undefined : checkWarming(warming),
    audit: audit === undefined ? undefined : checkAudit(audit),
    waitUntil: waitUntil === undefined ? undefined : checkFunction('waitUntil', waitUntil),
    guard: checkGuard(guard),
    observer: observer === undefined ? undefined : checkFunction('observer', observer),
    clock: checkClock('clock', clock),
    latency: checkFunction('latency', latency),
    keepOpen: checkBoolean('keepOpen', keepOpen),
  }
}

/** @throws InvalidOptionError */
export function checkDefaults(defaults: LoadDefaults): LoadSettings {
  const settings = loadSettings('defaults', defaults, [])
  for (const name of perCall)
    if (settings[name] !== undefined)
      throw new InvalidOptionError(`defaults.${name}`, 'given with a call', settings[name])
  return settings
}

const perCall = ['signal', 'fresh', 'after', 'tiers', 'version'] as const

function checkLoads(limits: LoadLimits = {}): BulkheadLimits {
  checkOptions('loads', limits, ['atOnce', 'waiting'])
  const { atOnce = 256, waiting = 10_000 } = limits
  return {
    atOnce: checkInteger('loads.atOnce', atOnce, 1),
    waiting: checkInteger('loads.waiting', waiting, 0),
  }
}

function checkTiers(tiers: readonly Tier[]): readonly Tier[] {
  if (!Array.isArray(tiers) || tiers.length === 0)
    throw new InvalidOptionError('tiers', 'an array of at least one tier', tiers)
  for (const tier of tiers)
    checkPart('tiers', tier, ['get', 'set', 'deleteMany', 'invalidateMany', 'clear', 'close'])
  const names = tiers.map(tier => checkText('tiers[].name', tier.name))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new InvalidOptionError('tiers', 'tiers with a name each of its own', twice)
  return [...tiers]
}

function checkPart(option: string, part: Tier | InvalidationBus, methods: readonly string[]): void {
  const candidate = part as unknown as Record<string, unknown> | null
  const whole =
    typeof candidate === 'object' &&
    candidate !== null &&
    methods.every(method => typeof candidate[method] === 'function')
  if (!whole)
    throw new InvalidOptionError(option, `made by a package of the family, with ${methods.join(', ')}`, part)
  assertContract(contractOf('@greenlang/cache-manager'), part)
}

/** Checked even where every tier brings its own guard: a bad option is never silently ignored. */
function checkGuard(options: TierGuardOptions | false): TierGuardOptions | false {
  if (options === false) return false
  checkOptions('guard', options, [
    'deadline',
    'failureRatio',
    'volumeThreshold',
    'openFor',
    'onState',
    'isFailure',
    'clock',
  ])
  createGuard(options).close()
  return options
}
