import type { Clock, LatencyRecorder, LatencySnapshot } from '@greenlang/core'
import type { Emitter } from './emitter.ts'

export type LookupOutcome = 'fresh' | 'stale' | 'miss'

export interface TierCountsOptions {
  readonly tier: string
  /** Whether it has always answered at once so far: a memory. */
  readonly local: boolean
  readonly clock: Clock
  readonly latency: LatencyRecorder
  readonly emitter: Emitter
}

/** Look-ups of one tier: how many, how they ended, how long they took. */
export function createTierCounts(options: TierCountsOptions): TierCounts {
  return new TierCounts(options)
}

class TierCounts {
  lookups = 0
  hits = 0
  failures = 0
  /** Cleared by the first answer that has to be waited for. */
  local: boolean
  readonly #options: TierCountsOptions

  constructor(options: TierCountsOptions) {
    this.#options = options
    this.local = options.local
  }

  /** Before a look-up: when it begins, or `NaN` if this one is not timed. A synchronous tier is timed in a sample only. */
  begin(isSample: boolean): number {
    return isSample || this.#times ? this.#options.clock.now() : Number.NaN
  }

  /** After one that began at `askedAt`. */
  looked(outcome: LookupOutcome, askedAt: number): void {
    this.end(outcome, this.#times ? askedAt : Number.NaN)
  }

  /** After one that `begin` was asked for. */
  end(outcome: LookupOutcome, begun: number): void {
    this.lookups += 1
    if (outcome === 'fresh') this.hits += 1
    if (Number.isNaN(begun)) return
    const { tier, clock, latency, emitter } = this.#options
    const durationMs = clock.now() - begun
    latency.record(durationMs)
    if (emitter.heard) emitter.emit({ type: 'lookup', tier, outcome, durationMs })
  }

  get #times(): boolean {
    return !this.local || this.#options.emitter.heard
  }

  latency(): LatencySnapshot {
    return this.#options.latency.snapshot()
  }
}

export type { TierCounts }
