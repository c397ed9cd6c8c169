/** Asks the tiers in order for one key, and takes what it found to the faster ones before. */
import { type Entry, freshness } from '../entry.ts'
import { isGreenlangError } from '../error.ts'
import type { Stamp } from '../stamp.ts'
import type { Tier } from '../tier.ts'
import type { Blemish, StandInReason } from './guards.ts'
import { judge } from './judge.ts'
import { attempt, type Parts, type State } from './parts.ts'

export interface Hit {
  readonly entry: Entry
  /** Name of the tier. */
  readonly source: string
  /** No invalidation acknowledged before this moment is missing from it, by the clock of this process. */
  readonly checkedAt: number
}

export interface StandIn {
  readonly key: string
  readonly entry: Entry
  readonly source: string
  readonly blemish: Blemish
}

/** What a look through the tiers gave. */
export interface Finding {
  readonly hit: Hit | undefined
  readonly standIns: readonly StandIn[]
  /** What the shared tier holds and this process does not accept. */
  readonly reject: Stamp | undefined
  /** Whether a shared tier answered. */
  readonly reached: boolean
  /** Whether a shared tier let its deadline pass: it is not waited for a second time. */
  readonly late: boolean
}

export interface LookupRequest {
  readonly key: string
  readonly state: State
  readonly tiers: readonly Tier[]
  readonly after?: Stamp | undefined
  /** What is found is looked at to be replaced, and no hit. */
  readonly fresh?: boolean | undefined
  /** Nobody is answered by it: it is not observed. */
  readonly aside?: boolean
}

/** Asks one tier after the other until one has what may be served. */
export async function lookUp(parts: Parts, request: LookupRequest): Promise<Finding> {
  const { key, state, tiers, after, fresh = false, aside = false } = request
  const observer = aside ? undefined : parts.observer
  const standIns: StandIn[] = []
  let reject: Stamp | undefined
  let [reached, late] = [false, false]
  for (const tier of tiers) {
    if (tier.scope === 'shared' && bypasses(parts, key)) continue
    const askedAt = parts.clock.now()
    const { trustedSince } = parts.bus.sync()
    const { generation } = state
    const { entry, outcome } = await ask(tier, key)
    if (tier.scope === 'shared') {
      reached ||= outcome === 'answered'
      late ||= outcome === 'late'
    }
    if (entry === undefined) {
      observer?.lookedUp(tier.name, 'miss', askedAt)
      continue
    }
    const judgement = await judge(parts, { key, entry, tier, askedAt, trustedSince, after })
    observer?.lookedUp(tier.name, judgement.kind === 'serve' && !fresh ? 'fresh' : 'stale', askedAt)
    if (judgement.kind === 'serve') {
      const hit = { entry, source: tier.name, checkedAt: judgement.checkedAt }
      promote(parts, { key, state, generation, hit, from: tier })
      return { hit, standIns, reject, reached, late }
    }
    standIns.push({ key, entry, source: tier.name, blemish: judgement.blemish })
    if (tier.scope === 'shared') reject = entry.stamp
  }
  return { hit: undefined, standIns, reject, reached, late }
}

interface TierAnswer {
  readonly entry?: Entry | undefined
  readonly outcome: 'answered' | 'late' | 'failed'
}

async function ask(tier: Tier, key: string): Promise<TierAnswer> {
  try {
    return { entry: await tier.get(key), outcome: 'answered' }
  } catch (error) {
    return { outcome: isGreenlangError(error, 'DEADLINE') ? 'late' : 'failed' }
  }
}

/** A shared tier is not believed about a key whose invalidation is still on its way. */
export function bypasses({ pending, guards }: Parts, key: string): boolean {
  return guards.minds.pending && pending.covers({ key, tags: [] })
}

interface Promotion {
  readonly key: string
  readonly state: State
  readonly generation: number
  readonly hit: Hit
  readonly from: Tier
}

/** Copies keep the dates of the entry: a way through tiers never lengthens a life. */
export function promote(parts: Parts, { key, state, generation, hit, from }: Promotion): void {
  const { guards, clock } = parts
  if (!guards.storesUnder(generation, state.generation)) return
  const { entry, checkedAt } = hit
  const dates = guards.keepsDates ? {} : renewedDates(entry, clock.now())
  const copy = { ...entry, ...dates, checkedAt }
  let before = true
  for (const tier of parts.tiers) {
    if (tier === from) before = false
    // What a shared tier gave goes to the slower private ones too: they are to carry the service when it is gone.
    else if ((before || from.scope === 'shared') && guards.promotes(from.scope, tier.scope))
      void attempt(() => tier.set(key, copy))
  }
}

function renewedDates({ createdAt, staleAt, expiresAt }: Entry, now: number): Partial<Entry> {
  return { createdAt: now, staleAt: now + staleAt - createdAt, expiresAt: now + expiresAt - createdAt }
}

/** What nobody could be asked about, where the cache was told to serve that: within its dates, outside the promise. */
export function cutOff(parts: Parts, standIns: readonly StandIn[]): StandIn | undefined {
  if (parts.settings.whenCut !== 'serve') return undefined
  const now = parts.clock.turn()
  return standInFor(
    parts,
    standIns.filter(({ entry }) => freshness(entry, now) === 'fresh'),
    'cut',
  )
}

/**
 * The best of what was found that may stand in for this reason, as things are now. Negative entries never do, and for a
 * failed load only what was given a grace.
 */
export function standInFor(
  parts: Parts,
  standIns: readonly StandIn[],
  reason: StandInReason,
): StandIn | undefined {
  const now = parts.clock.turn()
  return standIns.find(({ entry, key, blemish }) => {
    if (entry.negative || now >= entry.expiresAt) return false
    if (reason === 'failed' && entry.expiresAt <= entry.staleAt) return false
    const verdict = parts.ledger.verdict({ key, entry, scope: 'process' })
    const pending = parts.pending.against({ key, tags: entry.tags }, entry.checkedAt)
    const mode = pending?.invalidation.mode ?? (verdict.kind === 'invalid' ? verdict.mode : undefined)
    return parts.guards.mayStandIn(worse(blemish, mode), reason)
  })
}

const severity: readonly Blemish[] = ['expired', 'unverified', 'invalidate', 'delete']

function worse(blemish: Blemish, mode: Blemish = 'expired'): Blemish {
  return severity.indexOf(mode) > severity.indexOf(blemish) ? mode : blemish
}
