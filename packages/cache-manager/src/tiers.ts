/** The chain round each tier: order of its changes, deadline and breaker, leases where it has none, counts. */
import { notify, type Tier } from '@greenlang/core'
import { guard } from '@greenlang/resilience'
import { type ObservedTierOptions, observeTier } from './observed-tier.ts'
import type { CacheSettings } from './options.ts'
import { inOrder } from './ordered-tier.ts'
import { withSoloFills } from './solo-fills.ts'
import { createTierCounts, type TierCounts } from './tier-counts.ts'

export interface OpenTier {
  readonly name: string
  readonly counts: TierCounts
  /** As the engine sees it. */
  readonly tier: Tier
  /** The same, but nothing is counted. */
  readonly probed: Tier
  /** As it was given. */
  readonly given: Tier
}

export type TierCompany = Omit<ObservedTierOptions, 'tier' | 'counts'>

/** In the order of the settings. */
export function openTiers(settings: CacheSettings, company: TierCompany): readonly OpenTier[] {
  const { clock, latency } = settings
  const { emitter } = company
  return settings.tiers.map(given => {
    const { name } = given
    const local = given.scope === 'process' && given.guarded
    const counts = createTierCounts({ tier: name, local, clock, latency: latency(), emitter })
    const guarded = withGuard(given, settings, company)
    const fenced = given.scope === 'shared' && !given.fills ? withSoloFills(guarded) : guarded
    return { name, counts, given, probed: fenced, tier: observeTier({ ...company, tier: fenced, counts }) }
  })
}

function withGuard(
  tier: Tier,
  { guard: options, clock, keepOpen }: CacheSettings,
  { emitter }: TierCompany,
): Tier {
  const ordered = inOrder(tier, keepOpen)
  if (tier.guarded || options === false) return ordered
  return guard(ordered, {
    clock,
    ...options,
    onState: state => {
      emitter.emit({ type: 'circuit', tier: tier.name, state })
      notify(options.onState, state)
    },
  })
}
