import type { InvalidationMode, LatencyRecorder, LatencySnapshot } from '@greenlang/core'
import type { Emitter } from './emitter.ts'
import type { TierCounts } from './tier-counts.ts'

export interface TierAnalytics {
  readonly name: string
  /** Look-ups that reached the tier. */
  readonly lookups: number
  /** Of those, answered by a fresh entry. */
  readonly hits: number
  /** `hits / lookups`; 0 while there are none. */
  readonly hitRatio: number
  /** Share of all requests that this tier answered. */
  readonly share: number
  /** Operations that failed, ran past the deadline, or were refused by an open circuit. */
  readonly failures: number
  /** Whether the whole tier is bypassed. Never: what was cleared is told from what came later, entry by entry. */
  readonly bypassed: boolean
  /** Of look-ups, in ms. A memory tier is timed once in 64. */
  readonly latency: LatencySnapshot
}

export interface CacheAnalytics {
  /** Calls of `get` and `getOrSet`. */
  readonly requests: number
  /** Of those, answered by a fresh entry of any tier. */
  readonly hits: number
  /** `hits / requests`; 0 while there are none. */
  readonly hitRatio: number
  readonly loads: { readonly found: number; readonly absent: number; readonly failed: number }
  /** Of loads, in ms. */
  readonly loadLatency: LatencySnapshot
  /** Callers who waited for a load that another had begun: stampedes avoided. */
  readonly joins: number
  /** Callers who were given a stale value because the load had failed. */
  readonly staleServed: number
  /** `own`: calls of `delete`, `invalidate` and `clear`. `other`: what came from the bus. */
  readonly invalidations: { readonly own: number; readonly other: number }
  /** Fastest first. */
  readonly tiers: readonly TierAnalytics[]
}

/** A tier and what was counted of it. */
export interface CountedTier {
  readonly name: string
  readonly counts: TierCounts
}

export function createAnalytics(emitter: Emitter, loadLatency: LatencyRecorder): AnalyticsCounts {
  return new AnalyticsCounts(emitter, loadLatency)
}

class AnalyticsCounts {
  requests = 0
  readonly #emitter: Emitter
  readonly #loadLatency: LatencyRecorder
  readonly #loads = { found: 0, absent: 0, failed: 0 }
  readonly #invalidations = { own: 0, other: 0 }
  #joins = 0
  #staleServed = 0

  constructor(emitter: Emitter, loadLatency: LatencyRecorder) {
    this.#emitter = emitter
    this.#loadLatency = loadLatency
  }

  load(outcome: 'found' | 'absent' | 'failed', durationMs: number): void {
    this.#loads[outcome] += 1
    this.#loadLatency.record(durationMs)
    this.#emitter.emit({ type: 'load', outcome, durationMs })
  }

  join(): void {
    this.#joins += 1
    this.#emitter.emit({ type: 'join' })
  }

  staleServed(): void {
    this.#staleServed += 1
  }

  invalidation(
    origin: 'own' | 'other',
    mode: InvalidationMode,
    target: 'keys' | 'tags' | 'pattern' | 'all',
  ): void {
    this.#invalidations[origin] += 1
    this.#emitter.emit({ type: 'invalidation', mode, target, origin })
  }

  snapshot(tiers: readonly CountedTier[]): CacheAnalytics {
    const hits = tiers.reduce((sum, { counts }) => sum + counts.hits, 0)
    return {
      requests: this.requests,
      hits,
      hitRatio: ratio(hits, this.requests),
      loads: { ...this.#loads },
      loadLatency: this.#loadLatency.snapshot(),
      joins: this.#joins,
      staleServed: this.#staleServed,
      invalidations: { ...this.#invalidations },
      tiers: tiers.map(tier => this.#tier(tier)),
    }
  }

  #tier({ name, counts }: CountedTier): TierAnalytics {
    const { lookups, hits, failures } = counts
    const hitRatio = ratio(hits, lookups)
    const share = ratio(hits, this.requests)
    return { name, lookups, hits, hitRatio, share, failures, bypassed: false, latency: counts.latency() }
  }
}

export type { AnalyticsCounts }

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
