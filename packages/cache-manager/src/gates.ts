import { notify, type Tier } from '@greenlang/core'
import { guard } from '@greenlang/resilience'
import type { Background } from './background.ts'
import type { Emitter } from './emitter.ts'
import { createGate, type Gate } from './gate.ts'
import type { CacheSettings } from './options.ts'
import { inOrder } from './ordered-tier.ts'
import { createTierCounts } from './tier-counts.ts'

/** A gate for each tier; round those that can hang, a guard. */
export function createGates(settings: CacheSettings, emitter: Emitter, background: Background): Gate[] {
  const { clock, latency } = settings
  return settings.tiers.map(tier => {
    const counts = createTierCounts({ tier: tier.name, clock, latency: latency(), emitter })
    return createGate({ tier: guarded(tier, settings, emitter), counts, clock, emitter, background })
  })
}

function guarded(tier: Tier, { guard: options, clock, keepOpen }: CacheSettings, emitter: Emitter): Tier {
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
