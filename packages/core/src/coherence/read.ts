/** What a caller does who wants a value: look near by, join who is on the way already, or go. */
import type { Entry } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import { dueForRefresh } from './due.ts'
import type { Flight, Load, Outcome, StaleReason } from './flight.ts'
import { type Finding, lookUp, type StandIn } from './lookup.ts'
import type { Parts, State } from './parts.ts'
import { type Limits, patiently, type Wait } from './patience.ts'
import type { Missed } from './peek.ts'
import { fastTiers, slowTiers, travel } from './travel.ts'

export interface ReadOptions extends Limits {
  /** Those that are known before the load: nobody joins a load that began before one of them was invalidated. Default `[]`. */
  tags?: readonly string[]
  /** What `peek` said of the first tier in this turn. Default: it is asked. */
  missed?: Missed
  /** Share of its time to live after which a hit begins a refresh; > 0, < 1. Default: never. */
  refreshAfter?: number
}

export interface Answer {
  /** `undefined`: there is nothing. */
  readonly entry: Entry | undefined
  /** `load`, or the name of the tier that had it. */
  readonly source: string
  readonly stale: StaleReason | undefined
  /** Whether it was another caller's flight. */
  readonly joined: boolean
}

export interface ReadRequest {
  readonly key: string
  readonly load: Load
  readonly options: ReadOptions
}

/** After so many flights whose result came too old for a late joiner, a caller flies alone. */
const mostJoins = 3
const noTags: readonly string[] = []
const never = new AbortController().signal

export async function read(parts: Parts, request: ReadRequest): Promise<Answer> {
  const { key, options } = request
  const state = parts.keys.hold(key)
  const calledAt = parts.clock.now()
  try {
    options.signal?.throwIfAborted()
    for (let joins = 0; ; joins += 1) {
      const near = await lookNear(parts, request, state, joins)
      if (near.hit) {
        const { entry, source } = near.hit
        if (dueForRefresh(parts, entry, options)) void refresh(parts, request, entry.stamp)
        return { entry, source, stale: undefined, joined: false }
      }
      const joinedAt = parts.clock.now()
      const theirs = joins < mostJoins ? joinable(parts, state, request) : undefined
      if (theirs) parts.observer?.joined()
      const flight = theirs ?? depart(parts, state, request, near)
      const { standIns } = near
      const answer = await accompany(parts, state, { flight, standIns, limits: options, calledAt })
      if (theirs === undefined || acceptable(parts, key, answer, joinedAt)) return answerOf(answer, theirs)
    }
  } finally {
    parts.keys.release(key, state)
  }
}

/** What was peeked at is not asked again, the first time round. */
async function lookNear(parts: Parts, request: ReadRequest, state: State, joins: number): Promise<Finding> {
  const { key, options } = request
  const tiers = fastTiers(parts.tiers)
  const missed = joins === 0 ? options.missed : undefined
  if (missed === undefined) return lookUp(parts, { key, state, tiers })
  const near = await lookUp(parts, { key, state, tiers: tiers.slice(1) })
  return { ...near, standIns: [...missed.standIns, ...near.standIns] }
}

/** A caller may join as it may use a private copy: while nothing that was acknowledged can have been missed. */
function joinable(parts: Parts, state: State, { key, options }: ReadRequest): Flight | undefined {
  const { bus, clock, guards, epoch } = parts
  const { flight } = state
  if (flight === undefined || namedSince(parts, key, flight, options.tags)) return undefined
  const { trustedSince, leaseMs } = bus.sync()
  const joins = guards.mayJoin({ now: clock.turn(), leaseMs, trustedSince, begunAt: flight.begunAt, epoch })
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
function acceptable(parts: Parts, key: string, outcome: Outcome, joinedAt: number): boolean {
  if (outcome.kind === 'failed' || (outcome.kind === 'value' && outcome.stale !== undefined)) return true
  if (!parts.guards.checksLanding) return true
  const { entry, checkedAt } = outcome
  if (parts.pending.against({ key, tags: entry.tags }, checkedAt)) return false
  const verdict = parts.ledger.verdict({ key, entry, scope: 'process' })
  if (verdict.kind === 'unknown')
    return checkedAt > parts.epoch && checkedAt >= joinedAt - parts.bus.sync().leaseMs
  return verdict.kind === 'valid'
}

function answerOf(outcome: Outcome, joined: Flight | undefined): Answer {
  if (outcome.kind === 'failed') throw outcome.error
  const entry = outcome.kind === 'value' ? outcome.entry : undefined
  const source = outcome.kind === 'value' ? outcome.source : 'load'
  const stale = outcome.kind === 'value' ? outcome.stale : undefined
  return { entry, source, stale, joined: joined !== undefined }
}

function depart(parts: Parts, state: State, { key, load, options }: ReadRequest, near: Finding): Flight {
  const { clock, settings, keys } = parts
  const begunAt = clock.now()
  let land: (outcome: Outcome) => void = () => {}
  const outcome = new Promise<Outcome>(resolve => {
    land = resolve
  })
  const standIns: StandIn[] = [...near.standIns]
  const { known: stamp } = parts.bus.sync()
  const abandoned = new AbortController()
  const { tags = noTags } = options
  const flight: Flight = { key, begunAt, stamp, tags, outcome, standIns, waiting: 0, abandoned }
  state.flight = flight
  const journey = {
    key,
    load,
    standIns,
    deletions: state.deletions,
    waitUntil: begunAt + settings.waitMs,
    waits: true,
    reject: undefined,
    abandoned: abandoned.signal,
  }
  const held = keys.hold(key)
  const arrive = (result: Outcome) => {
    if (held.flight === flight) held.flight = undefined
    land(result)
  }
  void fly(() => travel(parts, held, journey, arrive), arrive).finally(() => keys.release(key, held))
  return flight
}

/** Callers are answered whatever happens on the way, a closed bus and a loader's bad options too. */
async function fly(way: () => Promise<void>, arrive: (outcome: Outcome) => void): Promise<void> {
  try {
    await way()
  } catch (error) {
    arrive({ kind: 'failed', error })
  }
}

/** Waits as long as the caller wants to. The load that the last of them leaves is told so, and nobody joins it any more. */
async function accompany(parts: Parts, state: State, wait: Wait): Promise<Outcome> {
  const { flight } = wait
  flight.waiting += 1
  try {
    return await patiently(parts, wait)
  } catch (reason) {
    flight.waiting -= 1
    if (flight.waiting === 0) {
      if (state.flight === flight) state.flight = undefined
      flight.abandoned.abort(reason)
    }
    throw reason
  }
}

/** Loads anew what is still fresh, unless somebody does already: it claims over the value with no wait. */
async function refresh(parts: Parts, { key, load, options }: ReadRequest, reject: Stamp): Promise<void> {
  if (parts.keys.peek(key)?.refreshing) return
  const state = parts.keys.hold(key)
  state.refreshing = true
  const way = async () => {
    // Another process may have done it already: then its value is the better one here too.
    const far = await lookUp(parts, { key, state, tiers: slowTiers(parts.tiers) })
    if (far.hit && !dueForRefresh(parts, far.hit.entry, options)) return
    const { deletions } = state
    const journey = {
      key,
      load,
      standIns: [],
      deletions,
      waitUntil: 0,
      waits: false,
      reject,
      abandoned: never,
    }
    await travel(parts, state, journey, () => {})
  }
  await fly(way, () => {})
  state.refreshing = false
  parts.keys.release(key, state)
}
