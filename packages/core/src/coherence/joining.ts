/** Whether a caller may wait for a flight that is under way, and take what it brings. */
import type { Flight, Outcome } from './flight.ts'
import { isBehind, reaches } from './judge.ts'
import type { Parts, State } from './parts.ts'
import type { ReadOptions } from './read.ts'

export interface Caller {
  readonly key: string
  readonly options: ReadOptions
  /** When it called, by the clock of this process. */
  readonly calledAt: number
}

const noTags: readonly string[] = []

/** A caller may join as it may use a private copy: while nothing that was acknowledged can have been missed. */
export function joinable(parts: Parts, state: State, { key, options, calledAt }: Caller): Flight | undefined {
  const { bus, clock, guards, trust } = parts
  const { flight } = state
  if (flight === undefined || namedSince(parts, key, flight, options.tags)) return undefined
  const { after, fresh } = options
  if (fresh && flight.begunAt <= calledAt) return undefined
  if (isBehind(parts, after) && !reaches(flight.stamp, after)) return undefined
  const { trustedSince, leaseMs } = bus.sync()
  const joins = guards.mayJoin({
    now: clock.turn(),
    leaseMs,
    trustedSince,
    begunAt: flight.begunAt,
    epoch: trust.epoch,
  })
  return joins ? flight : undefined
}

/** Whether a tag that is known already was invalidated since: the flight would be waited for in vain. */
function namedSince(
  { ledger, pending }: Parts,
  key: string,
  { stamp, begunAt, tags }: Flight,
  mine: readonly string[] = noTags,
): boolean {
  if (tags.length === 0 && mine.length === 0) return false
  const all = [...tags, ...mine]
  if (pending.against({ key, tags: all }, begunAt)) return true
  return ledger.verdict({ key, entry: { tags: all, stamp }, scope: 'process' }).kind === 'invalid'
}

/**
 * Whoever joined late gets it only if nothing has named it since its load began: its tags are known only now. Where that
 * cannot be told, it must not be older than a lease.
 */
export function acceptable(parts: Parts, key: string, outcome: Outcome, joinedAt: number): boolean {
  if (outcome.kind === 'failed' || (outcome.kind === 'value' && outcome.stale !== undefined)) return true
  if (!parts.guards.checksLanding) return true
  const { entry, checkedAt } = outcome
  if (parts.pending.against({ key, tags: entry.tags }, checkedAt)) return false
  const verdict = parts.ledger.verdict({ key, entry, scope: 'process' })
  if (verdict.kind === 'unknown')
    return checkedAt > parts.trust.epoch && checkedAt >= joinedAt - parts.bus.sync().leaseMs
  return verdict.kind === 'valid'
}
