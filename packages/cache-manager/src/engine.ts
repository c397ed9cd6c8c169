/** The engine of core over the tiers of a cache, with what it tells counted. */
import type { Clock, Invalidation, InvalidationBus } from '@greenlang/core'
import { createEngine, type Engine } from '@greenlang/core/coherence'
import type { AnalyticsCounts } from './analytics.ts'
import type { OpenTier } from './tiers.ts'

/** As long as the longest load that is kept. */
const longestWaitMs = 30_000

/** About what a deadline of Redis is. */
const firstWordMs = 250

export interface OpenEngineOptions {
  readonly tiers: readonly OpenTier[]
  readonly bus: InvalidationBus
  readonly clock: Clock
  readonly maxTags: number
  readonly counts: AnalyticsCounts
  readonly whenCut: 'fresh' | 'serve'
  /** Something goes on that may outlast its callers. */
  onWork(work: Promise<void>): void
  /** Another has cleared everything. */
  onClear(): void
}

export function openEngine({
  tiers,
  counts,
  onClear,
  onWork,
  ...options
}: OpenEngineOptions): Promise<Engine> {
  const byName = new Map(tiers.map(tier => [tier.name, tier.counts]))
  return createEngine({
    ...options,
    // While a lease stands its holder is loading: it ends by itself soon after the holder has died or has loaded for too long.
    waitMs: longestWaitMs,
    firstWordMs,
    tiers: tiers.map(({ tier }) => tier),
    observer: {
      lookedUp: (tier, outcome, askedAt) => byName.get(tier)?.looked(outcome, askedAt),
      joined: () => counts.join(),
      began: onWork,
      befell(event) {
        if (event === 'lost') counts.gap()
      },
      heard(invalidation) {
        counts.invalidation('other', invalidation.mode, targetOf(invalidation))
        if ('all' in invalidation) onClear()
      },
    },
  })
}

function targetOf(invalidation: Invalidation): 'keys' | 'tags' | 'pattern' | 'all' {
  if ('keys' in invalidation) return 'keys'
  if ('tags' in invalidation) return 'tags'
  return 'pattern' in invalidation ? 'pattern' : 'all'
}
