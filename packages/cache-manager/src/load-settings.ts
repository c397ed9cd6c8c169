import { checkNumber, checkOptions, InvalidOptionError, parseDuration } from '@greenlang/core'
import type { LoadOptions, LoadTimeouts } from './cache-types.ts'
import { type EntrySettings, entryOptionNames, entrySettings } from './entry-settings.ts'

/** `LoadOptions` checked: durations in ms, a field absent where the caller named none. */
export interface LoadSettings extends EntrySettings {
  readonly refreshAfter?: number
  readonly softMs?: number
  readonly hardMs?: number
  readonly longestMs?: number
  readonly negativeTtlMs?: number
  readonly throttleMs?: number
  readonly jitter?: number
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

const ownNames = ['refreshAfter', 'timeouts', 'negativeTtl', 'throttle', 'jitter', 'signal']
const nothing: LoadSettings = Object.freeze({})

/**
 * @param subject How errors name the options.
 * @throws InvalidOptionError for a bad option.
 */
export function loadSettings(subject: string, options: LoadOptions | undefined): LoadSettings {
  if (options === undefined) return nothing
  checkOptions(subject, options, [...entryOptionNames, ...ownNames])
  const { refreshAfter, timeouts, negativeTtl, throttle, jitter, signal, ...entry } = options
  return {
    ...entrySettings(subject, entry),
    ...(refreshAfter !== undefined && { refreshAfter: checkShare('refreshAfter', refreshAfter, false) }),
    ...(timeouts !== undefined && timeoutSettings(timeouts)),
    ...(negativeTtl !== undefined && { negativeTtlMs: parseDuration('negativeTtl', negativeTtl) }),
    ...(throttle !== undefined && { throttleMs: parseDuration('throttle', throttle, { minMs: 0 }) }),
    ...(jitter !== undefined && { jitter: checkShare('jitter', jitter, true) }),
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

function checkSignal(signal: AbortSignal): AbortSignal {
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return signal
  throw new InvalidOptionError('signal', 'an AbortSignal', signal)
}
