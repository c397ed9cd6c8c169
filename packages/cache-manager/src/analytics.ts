import type { InvalidationMode, LatencyRecorder, LatencySnapshot } from '@greenlang/core'
import type { StaleReason } from '@greenlang/core/coherence'
import type { AuditReport } from './auditor.ts'
import type { Emitter } from './emitter.ts'
import type { CoherenceHealth } from './health.ts'
import { HotKeys } from './hot-keys.ts'
import type { OpenTier } from './tiers.ts'

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
  /** Of look-ups, in ms. Of a memory tier a sample is timed: one in 16 to one in 1024, the fewer the more there are. */
  readonly latency: LatencySnapshot
  /** What it holds, where it can tell. */
  readonly entries: number | undefined
  /** Size of that. */
  readonly bytes: number | undefined
}

export interface LoadAnalytics {
  readonly found: number
  readonly absent: number
  readonly failed: number
}

export interface StaleAnalytics {
  /** The load took longer than the caller wanted to wait. Within the promise. */
  readonly slow: number
  /** The load failed. Outside the promise. */
  readonly failed: number
  /** Nobody could be asked, and `whenCut` is `'serve'`. Outside the promise. */
  readonly cut: number
}

export interface CoherenceAnalytics extends CoherenceHealth {
  /** How often frames of the bus were lost, so that what was in memory then was not believed any more. */
  readonly gaps: number
  /** For how long memory was not believed while it was asked, in ms. */
  readonly bypassedMs: number
}

export interface CacheAnalytics {
  /** Keys asked for by `get`, `getOrSet` and their like. */
  readonly requests: number
  /** Of those, answered by a fresh entry of any tier. */
  readonly hits: number
  /** `hits / requests`; 0 while there are none. */
  readonly hitRatio: number
  /** Calls of loaders. */
  readonly loads: LoadAnalytics
  /** Loads under way, those that wait for a place, and those refused for want of one. */
  readonly bulkhead: { readonly running: number; readonly waiting: number; readonly refused: number }
  /** Of loads, in ms. */
  readonly loadLatency: LatencySnapshot
  /** Callers who waited for a load that another had begun: stampedes avoided. */
  readonly joins: number
  /** Callers who were given a stale value outside the promise. */
  readonly staleServed: number
  /** Callers who were given a stale value, by reason. */
  readonly stale: StaleAnalytics
  /** `own`: calls of `delete`, `invalidate` and `clear`. `other`: what came from the bus. */
  readonly invalidations: { readonly own: number; readonly other: number }
  readonly coherence: CoherenceAnalytics
  /** What the auditor found; `undefined` without one. */
  readonly audit: AuditReport | undefined
  /** Fastest first. */
  readonly tiers: readonly TierAnalytics[]
}

/** What is not counted here. */
export interface Circumstances {
  readonly tiers: readonly OpenTier[]
  /** Requests that the first tier answered and that are counted nowhere else. */
  readonly served: number
  readonly bulkhead: CacheAnalytics['bulkhead']
  readonly coherence: CoherenceHealth & { readonly bypassedMs: number }
  readonly audit: AuditReport | undefined
}

export function createAnalytics(emitter: Emitter, loadLatency: LatencyRecorder): AnalyticsCounts {
  return new AnalyticsCounts(emitter, loadLatency)
}

class AnalyticsCounts {
  requests = 0
  readonly hotKeys = new HotKeys()
  readonly #emitter: Emitter
  readonly #loadLatency: LatencyRecorder
  readonly #loads = { found: 0, absent: 0, failed: 0 }
  readonly #invalidations = { own: 0, other: 0 }
  readonly #stale = { slow: 0, failed: 0, cut: 0 }
  #joins = 0
  #gaps = 0

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

  stale(reason: StaleReason): void {
    this.#stale[reason] += 1
    this.#emitter.emit({ type: 'stale', reason })
  }

  gap(): void {
    this.#gaps += 1
    this.#emitter.emit({ type: 'gap' })
  }

  invalidation(
    origin: 'own' | 'other',
    mode: InvalidationMode,
    target: 'keys' | 'tags' | 'pattern' | 'all',
  ): void {
    this.#invalidations[origin] += 1
    this.#emitter.emit({ type: 'invalidation', mode, target, origin })
  }

  snapshot({ tiers, served, coherence, bulkhead, audit }: Circumstances): CacheAnalytics {
    const requests = this.requests + served
    const hits = tiers.reduce((sum, { counts }) => sum + counts.hits, served)
    const { failed, cut } = this.#stale
    return {
      requests,
      hits,
      hitRatio: ratio(hits, requests),
      loads: { ...this.#loads },
      bulkhead,
      loadLatency: this.#loadLatency.snapshot(),
      joins: this.#joins,
      staleServed: failed + cut,
      stale: { ...this.#stale },
      invalidations: { ...this.#invalidations },
      coherence: { ...coherence, gaps: this.#gaps },
      audit,
      tiers: tiers.map((tier, at) => analyticsOf(tier, { requests, served: at === 0 ? served : 0 })),
    }
  }
}

function analyticsOf(
  { name, counts, tier }: OpenTier,
  { requests, served }: { readonly requests: number; readonly served: number },
): TierAnalytics {
  const [lookups, hits] = [counts.lookups + served, counts.hits + served]
  const { entries, bytes } = tier.stats()
  const latency = counts.latency()
  return {
    name,
    lookups,
    hits,
    hitRatio: ratio(hits, lookups),
    share: ratio(hits, requests),
    failures: counts.failures,
    bypassed: false,
    latency,
    entries,
    bytes,
  }
}

export type { AnalyticsCounts }

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
