/** What each tier holds of a key, and whether it would be served: nothing is promoted, loaded or counted. */
import { type Entry, freshness } from '../entry.ts'
import type { Blemish } from './guards.ts'
import { judge } from './judge.ts'
import type { Parts } from './parts.ts'

export interface TierExplanation {
  readonly tier: string
  /**
   * `served`: it would answer. `absent`: it has nothing. `unreachable`: it could not be asked. Else what stands against what
   * it has: `expired`, `invalidate` or `delete` (an invalidation named it), `unverified` (nobody can say).
   */
  readonly state: 'served' | 'absent' | 'unreachable' | Blemish
  readonly entry: Entry | undefined
  /** Why it could not be asked. */
  readonly error?: unknown
}

export function explain(parts: Parts, key: string): Promise<readonly TierExplanation[]> {
  return Promise.all(
    parts.tiers.map(async (tier): Promise<TierExplanation> => {
      const askedAt = parts.clock.now()
      const { trustedSince } = parts.bus.sync()
      let entry: Entry | undefined
      try {
        entry = await tier.get(key)
      } catch (error) {
        return { tier: tier.name, state: 'unreachable', entry: undefined, error }
      }
      if (entry === undefined) return { tier: tier.name, state: 'absent', entry }
      const judgement = await judge(parts, { key, entry, tier, askedAt, trustedSince })
      if (judgement.kind === 'serve') return { tier: tier.name, state: 'served', entry }
      const over = freshness(entry, parts.clock.turn()) !== 'fresh' && judgement.blemish === 'unverified'
      return { tier: tier.name, state: over ? 'expired' : judgement.blemish, entry }
    }),
  )
}
