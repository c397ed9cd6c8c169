import {
  type Clock,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  InvalidOptionError,
  systemClock,
} from '@greenlang/core'
import type { ProgressListener } from './progress.ts'
import { defaultSeed, largestSeed } from './sample.ts'
import { type ScaleName, scales } from './scale.ts'

export interface LoadOptions {
  /** The database to fill: a `postgres://` connection string. Its user may create tables and extensions there. */
  readonly url: string
  /** How much: `small` (some 6 000 rows) or `demo` (some 1.1 M). */
  readonly scale: ScaleName
  /** Another seed, other data: a whole number within [0, 2^32). Default 1. */
  readonly seed?: number
  /** The end of the 90 days that the data tells of, in ms since the epoch. Default: the time of the call. */
  readonly now?: number
  /** Whether tables of the workflow database that are there already are dropped, with their rows. Default `false`. */
  readonly replace?: boolean
  /** Told on each change of table or phase and each 100 ms; what it throws ends the load. Default: no one is told. */
  readonly onProgress?: ProgressListener
  /** Ends the load early. Default: none. */
  readonly signal?: AbortSignal
  /** Where time is read. Default: the clock of the system. */
  readonly clock?: Clock
}

export interface LoadSettings extends Required<Omit<LoadOptions, 'signal'>> {
  readonly signal: AbortSignal | undefined
}

const known = ['url', 'scale', 'seed', 'now', 'replace', 'onProgress', 'signal', 'clock']
/** Dates that PostgreSQL and JavaScript both write with four digits of year. */
const latestNow = Date.UTC(9999, 0)

export function checkLoadOptions(options: LoadOptions): LoadSettings {
  checkOptions('loadWorkflowData', options, known)
  const clock = options.clock ?? systemClock
  return {
    url: checkUrl(options.url),
    scale: checkOneOf('scale', options.scale, Object.keys(scales) as ScaleName[]),
    seed: checkInteger('seed', options.seed ?? defaultSeed, 0, largestSeed),
    now: checkNumber('now', options.now ?? clock.now(), 0, latestNow),
    replace: checkBoolean('replace', options.replace ?? false),
    onProgress: checkFunction('onProgress', options.onProgress ?? (() => {})),
    signal: checkSignal(options.signal),
    clock,
  }
}

function checkUrl(url: unknown): string {
  if (typeof url === 'string' && URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol))
    return url
  throw new InvalidOptionError('url', 'a connection string like postgres://user@host:5432/database', url)
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || typeof signal?.throwIfAborted === 'function') return signal
  throw new InvalidOptionError('signal', 'an AbortSignal', signal)
}
