import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOptions,
  InvalidOptionError,
  parseDuration,
} from '@greenlang/core'
import { type EntrySettings, entryOptionNames, entrySettings } from './entry-settings.ts'
import type { KeepOptions, LoadOptions, LoadTimeouts } from './load-types.ts'
import { type ReadSettings, readOptionNames, readSettings } from './read-settings.ts'

/** `KeepOptions` checked: durations in ms, a field absent where the caller named none. */
export interface KeepSettings extends EntrySettings {
  readonly negativeTtlMs?: number
  readonly jitter?: number
  readonly version?: number
}

/** `LoadOptions` checked. */
export interface LoadSettings extends KeepSettings, ReadSettings {
  readonly refreshAfter?: number
  readonly earlyRefresh?: number
  readonly softMs?: number
  readonly hardMs?: number
  readonly longestMs?: number
  readonly throttleMs?: number
  readonly fresh?: boolean
  readonly signal?: AbortSignal
}

/** Where neither the call nor the cache says otherwise. */
export const loadDefaults = {
  ttlMs: 300_000,
  hardMs: 30_000,
  longestMs: 30_000,
  throttleMs: 1_000,
  jitter: 0,
} as const

const keepOptionNames = [...entryOptionNames, 'negativeTtl', 'jitter', 'version']
const ownNames = ['refreshAfter', 'earlyRefresh', 'timeouts', 'throttle', 'fresh', 'signal']
const loadOptionNames = [...keepOptionNames, ...readOptionNames, ...ownNames]
const nothing: LoadSettings = Object.freeze({})

/**
 * @param subject How errors name the options.
 * @throws InvalidOptionError for a bad option.
 */
export function keepSettings(subject: string, options: KeepOptions): KeepSettings {
  checkOptions(subject, options, keepOptionNames)
  const { negativeTtl, jitter, version, ...entry } = options
  return {
    ...entrySettings(subject, entry),
    ...(negativeTtl !== undefined && { negativeTtlMs: parseDuration('negativeTtl', negativeTtl) }),
    ...(jitter !== undefined && { jitter: checkShare('jitter', jitter, true) }),
    ...(version !== undefined && { version: checkInteger('version', version, 0) }),
  }
}

/**
 * @param subject How errors name the options.
 * @param tierNames Of the cache.
 * @throws InvalidOptionError for a bad option.
 */
export function loadSettings(
  subject: string,
  options: LoadOptions | undefined,
  tierNames: readonly string[],
): LoadSettings {
  if (options === undefined) return nothing
  checkOptions(subject, options, loadOptionNames)
  const { after, tiers, refreshAfter, earlyRefresh, timeouts, throttle, fresh, signal, ...keep } = options
  return {
    ...keepSettings(subject, keep),
    ...readSettings({ ...(after && { after }), ...(tiers && { tiers }) }, tierNames),
    ...(refreshAfter !== undefined && { refreshAfter: checkShare('refreshAfter', refreshAfter, false) }),
    ...(earlyRefresh !== undefined && { earlyRefresh: checkFactor('earlyRefresh', earlyRefresh) }),
    ...(timeouts !== undefined && timeoutSettings(timeouts)),
    ...(throttle !== undefined && { throttleMs: parseDuration('throttle', throttle, { minMs: 0 }) }),
    ...(fresh !== undefined && { fresh: checkBoolean('fresh', fresh) }),
    ...(signal !== undefined && { signal: checkSignal(signal) }),
  }
}

function timeoutSettings(timeouts: LoadTimeouts): LoadSettings {
  checkOptions('timeouts', timeouts, ['soft', 'hard', 'load'])
  const { soft, hard, load } = timeouts
  return {
    ...(soft !== undefined && { softMs: parseDuration('timeouts.soft', soft, { minMs: 0 }) }),
    ...(hard !== undefined && { hardMs: parseDuration('timeouts.hard', hard) }),
    ...(load !== undefined && { longestMs: parseDuration('timeouts.load', load) }),
  }
}

function checkShare(option: string, value: unknown, mayBeZero: boolean): number {
  const share = checkNumber(option, value, 0, 1)
  if (share === 1 || (share === 0 && !mayBeZero))
    throw new InvalidOptionError(option, `a share ${mayBeZero ? '>= 0' : '> 0'} and < 1`, value)
  return share
}

function checkFactor(option: string, value: unknown): number {
  const factor = checkNumber(option, value, 0, 1_000)
  if (factor === 0) throw new InvalidOptionError(option, 'a factor > 0 and <= 1000', value)
  return factor
}

export function checkSignal(signal: AbortSignal): AbortSignal {
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return signal
  throw new InvalidOptionError('signal', 'an AbortSignal', signal)
}
