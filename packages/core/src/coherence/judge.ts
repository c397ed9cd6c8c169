/** Whether what a tier returned may be served, and if not, what stands against it. */

import type { Rules } from '../bus.ts'
import { type Entry, freshness } from '../entry.ts'
import { compareStamps, type Stamp } from '../stamp.ts'
import type { Tier } from '../tier.ts'
import type { Blemish } from './guards.ts'
import { type Subject, unknown, type Verdict, verdictOfRecord } from './ledger.ts'
import { attempt, epochOf, type Parts } from './parts.ts'

/** `checkedAt`: no invalidation acknowledged before this moment is missing from it. */
export type Judgement =
  | { readonly kind: 'serve'; readonly entry: Entry; readonly checkedAt: number }
  | { readonly kind: 'against'; readonly entry: Entry; readonly blemish: Blemish }

/** What a tier returned, and when it was asked, by the clock of this process. */
export interface Seen {
  readonly key: string
  readonly entry: Entry
  readonly tier: Pick<Tier, 'name' | 'scope' | 'get'>
  readonly askedAt: number
  /**
   * `trustedSince` of the bus as the tier was asked. An answer of a slow private tier may be older than frames that came
   * meanwhile and renewed the trust: it is judged by the trust it was asked under.
   */
  readonly trustedSince: number
  /** What the answer must not miss, though this process may not have heard of it yet. Default: nothing more than it has. */
  readonly after?: Stamp | undefined
}

/** Answers at once where nobody has to be asked. */
export function judge(parts: Parts, seen: Seen): Judgement | Promise<Judgement> {
  const { entry, key } = seen
  const mode = entry.invalidated ? 'invalidate' : pendingAgainst(parts, seen)
  if (mode !== undefined) return { kind: 'against', entry, blemish: mode }
  // A stamp that nobody has reached yet is of an order that was lost: the record has to be asked.
  const beyond = (compareStamps(entry.stamp, parts.bus.sync().known) ?? 0) > 0
  const { scope } = seen.tier
  const verdict = beyond ? unknown : parts.ledger.verdict({ key, entry, scope, askedAt: seen.askedAt })
  return seen.tier.scope === 'process'
    ? judgePrivate(parts, seen, verdict)
    : judgeShared(parts, seen, verdict)
}

/** Whether this process may have to hear yet of what the answer must not miss. */
export function isBehind({ bus }: Parts, after: Stamp | undefined): after is Stamp {
  return after !== undefined && !reaches(bus.sync().applied, after)
}

/** Stamps of another history reach nothing. */
export function reaches(stamp: Stamp, after: Stamp): boolean {
  return (compareStamps(stamp, after) ?? -1) >= 0
}

function pendingAgainst({ pending, guards }: Parts, { key, entry, tier }: Seen) {
  if (!guards.minds.pending) return undefined
  const checkedAt = tier.scope === 'process' ? entry.checkedAt : undefined
  return pending.against({ key, tags: entry.tags }, checkedAt)?.invalidation.mode
}

function judgePrivate(parts: Parts, seen: Seen, verdict: Verdict): Judgement | Promise<Judgement> {
  const { entry } = seen
  if (verdict.kind === 'invalid') return { kind: 'against', entry, blemish: verdict.mode }
  if (isBehind(parts, seen.after) && !reaches(entry.stamp, seen.after)) return unverified(entry)
  const sync = parts.bus.sync()
  const { leaseMs } = sync
  const checkedAt = entry.checkedAt ?? Number.NEGATIVE_INFINITY
  const { askedAt: now } = seen
  const trustedSince = parts.guards.trustedAs(seen.trustedSince, sync.trustedSince)
  const copy = { now, leaseMs, trustedSince, checkedAt, epoch: epochOf(parts, seen.tier.name) }
  if (parts.guards.trustsAge(copy)) return byDates(parts, seen, checkedAt)
  if (!parts.guards.trustsBeat(copy)) return unverified(entry)
  return verdict.kind === 'valid' ? byDates(parts, seen, checkedAt) : askRecord(parts, seen, checkedAt)
}

function judgeShared(parts: Parts, seen: Seen, verdict: Verdict): Judgement | Promise<Judgement> {
  const { entry, askedAt } = seen
  const { trustedSince, leaseMs } = parts.bus.sync()
  const now = parts.clock.turn()
  const epoch = Number.NEGATIVE_INFINITY
  const trusted = parts.guards.trustsBeat({ now, leaseMs, trustedSince, checkedAt: askedAt, epoch })
  const behind = isBehind(parts, seen.after) && !reaches(entry.stamp, seen.after)
  if ((trusted && !behind) || !parts.guards.asksRecord) {
    if (verdict.kind === 'invalid') return { kind: 'against', entry, blemish: verdict.mode }
    if (verdict.kind === 'valid' || !parts.guards.asksRecord)
      return byDates(parts, seen, parts.guards.promotedSince(trustedSince, askedAt))
  }
  return askRecord(parts, seen, askedAt)
}

/** One call to the bus: how its record stands to the tags and the key of this entry, as of now. */
async function askRecord(parts: Parts, seen: Seen, checkedAt: number): Promise<Judgement> {
  const { key, entry, tier } = seen
  const since = { history: entry.stamp.history, sequence: 0 }
  let rules: Rules
  try {
    rules = await parts.bus.rules(since, entry.tags)
  } catch {
    return unverified(entry)
  }
  parts.ledger.learn(rules, entry.tags, { applied: parts.bus.sync().applied, now: parts.clock.now() })
  const subject: Subject = { key, entry, scope: tier.scope }
  const verdict = verdictOfRecord(rules, subject, parts.recordGuards)
  const mode = verdict.kind === 'invalid' ? verdict.mode : pendingAgainst(parts, seen)
  if (mode !== undefined) return { kind: 'against', entry, blemish: mode }
  if (!(await survivedSweep(parts, seen, rules))) return { kind: 'against', entry, blemish: 'delete' }
  return byDates(parts, seen, checkedAt)
}

/** A rule may have been retired between the read and the answer of the record; what is still there was not meant. */
async function survivedSweep(parts: Parts, { key, entry, tier }: Seen, rules: Rules): Promise<boolean> {
  if (tier.scope === 'process' || !parts.guards.readsAgain) return true
  if (rules.retired <= entry.stamp.sequence) return true
  const now = await attempt(() => tier.get(key))
  return now !== undefined && !now.invalidated && compareStamps(now.stamp, entry.stamp) === 0
}

function unverified(entry: Entry): Judgement {
  return { kind: 'against', entry, blemish: 'unverified' }
}

/** Nothing but its dates can speak against it now. */
function byDates(parts: Parts, { entry }: Seen, checkedAt: number): Judgement {
  if (freshness(entry, parts.clock.turn()) === 'fresh') return { kind: 'serve', entry, checkedAt }
  return { kind: 'against', entry, blemish: 'expired' }
}
