import { type LatencyRecorder, type LatencySnapshot, notify, type PoolEvent } from '@greenlang/core'
import type { PoolLoad } from './error.ts'
import type { PoolSettings } from './options.ts'

/** Counters never decrease. */
export interface PoolStats extends PoolLoad {
  /** Connections handed to a caller. */
  readonly acquired: number
  /** Callers who got `AcquireTimeoutError`. */
  readonly timeouts: number
  readonly connectFailures: number
  /** Connections opened, and those of them closed since. */
  readonly opened: number
  readonly closed: number
  /** How long callers waited, whether or not they got a connection. */
  readonly acquire: LatencySnapshot
  /** How long connections were borrowed. */
  readonly held: LatencySnapshot
}

export type AcquireOutcome = Extract<PoolEvent, { type: 'acquire' }>['outcome']
type ConnectionChange = Extract<PoolEvent, { type: 'connection' }>['change']

/** What happened in a pool, counted and passed on to its observer. */
export interface Monitor {
  acquired(outcome: AcquireOutcome, sinceMs: number): void
  released(sinceMs: number): void
  connection(change: ConnectionChange): void
  stats(load: PoolLoad): PoolStats
}

export function createMonitor(settings: PoolSettings): Monitor {
  return new CountingMonitor(settings)
}

class CountingMonitor implements Monitor {
  readonly #settings: PoolSettings
  readonly #acquire: LatencyRecorder
  readonly #held: LatencyRecorder
  readonly #outcomes: Record<AcquireOutcome, number> = { ok: 0, 'timed-out': 0, failed: 0 }
  readonly #changes: Record<ConnectionChange, number> = { opened: 0, closed: 0, failed: 0 }

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#acquire = settings.latency()
    this.#held = settings.latency()
  }

  acquired(outcome: AcquireOutcome, sinceMs: number): void {
    const durationMs = this.#settings.clock.now() - sinceMs
    this.#outcomes[outcome] += 1
    this.#acquire.record(durationMs)
    this.#emit({ pool: this.#settings.name, type: 'acquire', outcome, durationMs })
  }

  released(sinceMs: number): void {
    const durationMs = this.#settings.clock.now() - sinceMs
    this.#held.record(durationMs)
    this.#emit({ pool: this.#settings.name, type: 'release', durationMs })
  }

  connection(change: ConnectionChange): void {
    this.#changes[change] += 1
    this.#emit({ pool: this.#settings.name, type: 'connection', change })
  }

  stats(load: PoolLoad): PoolStats {
    return {
      ...load,
      acquired: this.#outcomes.ok,
      timeouts: this.#outcomes['timed-out'],
      connectFailures: this.#changes.failed,
      opened: this.#changes.opened,
      closed: this.#changes.closed,
      acquire: this.#acquire.snapshot(),
      held: this.#held.snapshot(),
    }
  }

  #emit(event: PoolEvent): void {
    notify(this.#settings.observer, event)
  }
}
