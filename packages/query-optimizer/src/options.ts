import {
  type Clock,
  checkClock,
  checkFunction,
  checkInteger,
  checkOptions,
  createLatencyRecorder,
  type Duration,
  type LatencyRecorder,
  type Observer,
  parseDuration,
  type QueryEvent,
  systemClock,
} from '@greenlang/core'

export interface QueryOptimizerOptions {
  /** A query that takes at least this long is slow. > 0. Default `'100ms'`. */
  slowAfter?: Duration
  /** Most fingerprints counted apart; queries beyond are counted together. 1 to 100000 entries. Default `1000`. */
  maxFingerprints?: number
  /** Most slow queries remembered, the newest. 1 to 100000 entries. Default `1000`. */
  maxSlow?: number
  /** Receives an event for every query. Default: none. */
  observer?: Observer<QueryEvent>
  /** Where time is read. Default `systemClock`. */
  clock?: Clock
  /** Makes the recorder of each fingerprint. Default: `createLatencyRecorder` of core. */
  latency?: () => LatencyRecorder
}

/** Options after checking: no strings to parse, nothing optional. */
export interface Settings {
  readonly slowAfterMs: number
  readonly maxFingerprints: number
  readonly maxSlow: number
  readonly observer: Observer<QueryEvent> | undefined
  readonly clock: Clock
  readonly latency: () => LatencyRecorder
}

const optionNames = ['slowAfter', 'maxFingerprints', 'maxSlow', 'observer', 'clock', 'latency']

/** @throws InvalidOptionError naming the option, its range and what was given. */
export function parseQueryOptimizerOptions(options: QueryOptimizerOptions): Settings {
  checkOptions('createQueryOptimizer options', options, optionNames)
  return {
    slowAfterMs: parseDuration('slowAfter', options.slowAfter ?? '100ms'),
    maxFingerprints: checkInteger('maxFingerprints', options.maxFingerprints ?? 1000, 1, 100_000),
    maxSlow: checkInteger('maxSlow', options.maxSlow ?? 1000, 1, 100_000),
    observer: options.observer === undefined ? undefined : checkFunction('observer', options.observer),
    clock: checkClock('clock', options.clock ?? systemClock),
    latency: checkFunction('latency', options.latency ?? createLatencyRecorder),
  }
}
