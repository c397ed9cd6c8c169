import type { Clock, LatencyRecorder, LatencySnapshot } from '@greenlang/core'
import type { Emitter } from './emitter.ts'

export type LookupOutcome = 'fresh' | 'stale' | 'miss'

/** One in so many look-ups of a synchronous tier is timed: reading the clock twice costs as much as the look-up. */
const sampleEvery = 64

export interface TierCountsOptions {
  readonly tier: string
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
  readonly #options: TierCountsOptions

  constructor(options: TierCountsOptions) {
    this.#options = options
  }

  /** Before a look-up: when it began, or `NaN` if this one is not timed. */
  begin(sampled: boolean): number {
    const { clock, emitter } = this.#options
    const timed = !sampled || emitter.heard || this.lookups % sampleEvery === 0
    return timed ? clock.now() : Number.NaN
  }

  /** After it. */
  end(outcome: LookupOutcome, begun: number): void {
    this.lookups += 1
    if (outcome === 'fresh') this.hits += 1
    if (Number.isNaN(begun)) return
    const { tier, clock, latency, emitter } = this.#options
    const durationMs = clock.now() - begun
    latency.record(durationMs)
    if (emitter.heard) emitter.emit({ type: 'lookup', tier, outcome, durationMs })
  }

  latency(): LatencySnapshot {
    return this.#options.latency.snapshot()
  }
}

export type { TierCounts }
