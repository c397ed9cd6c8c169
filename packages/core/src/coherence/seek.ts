/** The way of one caller to a value: it looks near by, joins who is on the way already, or goes. */
import type { Entry } from '../entry.ts'
import { depart } from './depart.ts'
import { dueForRefresh } from './due.ts'
import type { Flight, Outcome } from './flight.ts'
import { acceptable, type Caller, joinable } from './joining.ts'
import { type Finding, lookUp, type StandIn } from './lookup.ts'
import type { Parts, State } from './parts.ts'
import { peek } from './peek.ts'
import type { Answer, ReadRequest } from './read.ts'
import { refresh } from './refresh.ts'
import { fastTiers } from './travel.ts'

export interface Seeker extends Caller {
  readonly state: State
  /** Of the key as it called. */
  readonly named: number
  readonly deletions: number
  /** What it found and may not take, unless nothing better comes in time. */
  standIns: readonly StandIn[]
  /** What it waits for, and whether that is another's. */
  flight?: Flight
  joined?: boolean
  /** Told as more is known of what may stand in. */
  onFound?: (() => void) | undefined
  /** Whether its caller has an answer already, or has left without one: then it begins nothing any more. */
  isOver: boolean
  hasLeft: boolean
}

/** After so many flights whose result came too old for a late joiner, a caller flies alone. */
const mostJoins = 3

export async function seek(parts: Parts, request: ReadRequest, seeker: Seeker): Promise<Answer> {
  const { key, options } = request
  const { state } = seeker
  for (let joins = 0; ; joins += 1) {
    const near = await lookNear(parts, request, state, joins)
    options.signal?.throwIfAborted()
    if (near.hit) {
      const { entry, source } = near.hit
      if (dueForRefresh(parts, entry, options)) void refresh(parts, request, near.hit)
      return { entry, source, stale: undefined, joined: false }
    }
    const joinedAt = parts.clock.now()
    const outcome = await flyAlong(parts, request, seeker, { near, mayJoin: joins < mostJoins })
    const isOurs = !seeker.joined || seeker.isOver || acceptable(parts, key, outcome, joinedAt)
    if (isOurs) return newerThan(parts, seeker, outcome) ?? answerOf(outcome, seeker)
  }
}

/** What was peeked at is not asked again, the first time round. */
async function lookNear(
  parts: Parts,
  { key, options }: ReadRequest,
  state: State,
  joins: number,
): Promise<Finding> {
  const { after, fresh } = options
  const tiers = fastTiers(parts.tiers)
  const missed = joins === 0 ? options.missed : undefined
  const rest = missed ? tiers.slice(1) : tiers
  const near = await lookUp(parts, { key, state, tiers: rest, after, fresh })
  const standIns = [...(missed?.standIns ?? []), ...near.standIns]
  if (!fresh || near.hit === undefined) return { ...near, standIns }
  const { entry, source } = near.hit
  return { ...near, hit: undefined, standIns: [...standIns, { key, entry, source, blemish: 'expired' }] }
}

interface Ground {
  readonly near: Finding
  readonly mayJoin: boolean
}

function flyAlong(
  parts: Parts,
  request: ReadRequest,
  seeker: Seeker,
  { near, mayJoin }: Ground,
): Promise<Outcome> {
  const theirs = mayJoin ? joinable(parts, seeker.state, seeker) : undefined
  if (theirs) {
    parts.observer?.joined()
    request.options.onWait?.()
  }
  const flight = theirs ?? depart(parts, seeker.state, request, near)
  flight.waiting += 1
  seeker.flight = flight
  seeker.joined = theirs !== undefined
  seeker.standIns = near.standIns
  if (request.options.softMs !== undefined) {
    seeker.onFound?.()
    flight.looked.then(() => seeker.onFound?.())
  }
  return flight.outcome
}

/** What this process has been told or given since the call is newer than what stands in. */
export function newerThan(parts: Parts, seeker: Seeker, outcome: Outcome): Answer | undefined {
  const { key, options, state, named } = seeker
  const isMakeshift = outcome.kind === 'failed' || (outcome.kind === 'value' && outcome.stale !== undefined)
  if (!isMakeshift || options.fresh || state.named === named) return undefined
  const held = peek(parts, key, options.after)
  if (held === undefined || 'standIns' in held) return undefined
  return { entry: held, source: parts.tiers[0]?.name ?? '', stale: undefined, joined: false }
}

/** @throws What the load failed with. */
export function answerOf(outcome: Outcome, { joined = false }: Pick<Seeker, 'joined'>): Answer {
  if (outcome.kind === 'failed') throw outcome.error
  const entry: Entry | undefined = outcome.kind === 'value' ? outcome.entry : undefined
  const source = outcome.kind === 'value' ? outcome.source : 'load'
  const stale = outcome.kind === 'value' ? outcome.stale : undefined
  return { entry, source, stale, joined }
}
