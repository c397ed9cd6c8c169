/** What the page shows: requests a second, hit ratio and percentiles over the last seconds, with and without cache. */
import {
  type Clock,
  createLatencyRecorder,
  type LatencyRecorder,
  type LatencySnapshot,
} from '@greenlang/core'

export interface LiveNumbers {
  readonly requestsPerSecond: number
  /** Share of the requests that asked the cache and needed no load, 0 to 1; `null` while there were none. */
  readonly hitRatio: number | null
  readonly cached: LatencySnapshot
  readonly database: LatencySnapshot
  readonly servedFrom: Readonly<Record<string, number>>
  /** The full windows of the last five minutes, oldest first. */
  readonly history: readonly Moment[]
}

/** One window, as the chart draws it; zeros where there were no requests of the kind. In ms. */
export interface Moment {
  readonly cached: Percentiles
  readonly database: Percentiles
}

interface Percentiles {
  readonly p50: number
  readonly p99: number
}

interface Window {
  readonly beganAt: number
  readonly cached: LatencyRecorder
  readonly database: LatencyRecorder
  readonly servedFrom: Map<string, number>
}

const windowMs = 2_000
const longestHistory = 150
const misses = new Set(['load', 'join', 'grace'])

export interface Live {
  /** Counts one answered request. */
  record(servedFrom: string, durationMs: number): void
  numbers(): LiveNumbers
}

export function createLive(clock: Clock): Live {
  return new RollingWindows(clock)
}

/** Windows of two seconds: the last full one is shown, and the running one until there is a full one. */
class RollingWindows implements Live {
  readonly #clock: Clock
  #running: Window
  #full: Window | undefined
  readonly #history: Moment[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.#running = openWindow(clock.now())
  }

  record(servedFrom: string, durationMs: number): void {
    const window = this.#turn()
    const recorder = servedFrom === 'database' ? window.database : window.cached
    recorder.record(durationMs)
    window.servedFrom.set(servedFrom, (window.servedFrom.get(servedFrom) ?? 0) + 1)
  }

  numbers(): LiveNumbers {
    const running = this.#turn()
    const shown = this.#full ?? running
    const spanMs = this.#full ? windowMs : Math.max(1, this.#clock.now() - running.beganAt)
    const cached = shown.cached.snapshot()
    const database = shown.database.snapshot()
    const missed = [...misses].reduce((sum, name) => sum + (shown.servedFrom.get(name) ?? 0), 0)
    return {
      requestsPerSecond: ((cached.count + database.count) / spanMs) * 1000,
      hitRatio: cached.count === 0 ? null : (cached.count - missed) / cached.count,
      cached,
      database,
      servedFrom: Object.fromEntries(shown.servedFrom),
      history: this.#history,
    }
  }

  /** The running window, after closing those whose time is over. */
  #turn(): Window {
    const now = this.#clock.now()
    const age = now - this.#running.beganAt
    if (age < windowMs) return this.#running
    this.#full = age < 2 * windowMs ? this.#running : openWindow(now)
    this.#history.push({ cached: percentiles(this.#full.cached), database: percentiles(this.#full.database) })
    if (this.#history.length > longestHistory) this.#history.shift()
    this.#running = openWindow(now)
    return this.#running
  }
}

function percentiles(recorder: LatencyRecorder): Percentiles {
  const { p50, p99 } = recorder.snapshot()
  return { p50, p99 }
}

function openWindow(beganAt: number): Window {
  return {
    beganAt,
    cached: createLatencyRecorder(),
    database: createLatencyRecorder(),
    servedFrom: new Map(),
  }
}
