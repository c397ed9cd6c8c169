/** `explain`: what each tier holds of a key, in words that can be read in an incident. */
import type { Entry } from '@greenlang/core'
import type { TierExplanation } from '@greenlang/core/coherence'

export interface ExplainedTier {
  readonly name: string
  /**
   * `served`: a read would get it, unless a tier before it answers. `absent`: it has nothing. `expired`: its ttl is over.
   * `invalidated`, `deleted`: an invalidation named it. `unverified`: nobody can say whether one did. `unreachable`: it could not
   * be asked.
   */
  readonly state: 'served' | 'absent' | 'expired' | 'invalidated' | 'deleted' | 'unverified' | 'unreachable'
  readonly createdAt: number | undefined
  readonly staleAt: number | undefined
  readonly expiresAt: number | undefined
  readonly tags: readonly string[]
  /** Whether it says that there is nothing. */
  readonly negative: boolean
  /** Whether it could stand in for a load that fails. */
  readonly hasGrace: boolean
  readonly error: unknown
}

export interface Explanation {
  /** Name of the first tier that would answer; `undefined`: a read would load. */
  readonly servedBy: string | undefined
  /** In the order they are asked. */
  readonly tiers: readonly ExplainedTier[]
}

export function explanationOf(tiers: readonly TierExplanation[]): Explanation {
  const servedBy = tiers.find(({ state }) => state === 'served')?.tier
  return { servedBy, tiers: tiers.map(explained) }
}

function explained({ tier, state, entry, error }: TierExplanation): ExplainedTier {
  return {
    name: tier,
    state: words[state],
    ...datesOf(entry),
    tags: entry?.tags ?? [],
    negative: entry?.negative ?? false,
    hasGrace: entry !== undefined && !entry.negative && entry.expiresAt > entry.staleAt,
    error,
  }
}

function datesOf(entry: Entry | undefined) {
  return { createdAt: entry?.createdAt, staleAt: entry?.staleAt, expiresAt: entry?.expiresAt }
}

const words = {
  served: 'served',
  absent: 'absent',
  expired: 'expired',
  invalidate: 'invalidated',
  delete: 'deleted',
  unverified: 'unverified',
  unreachable: 'unreachable',
} as const
