/** What a caller does who wants a value: look near by, join who is on the way already, or go. */
import { setImmediate } from 'node:timers/promises'
import type { Entry } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import { Alarm } from './alarm.ts'
import { dueForRefresh } from './due.ts'
import type { Flight, Journey, Load, Outcome, StaleReason } from './flight.ts'
import { acceptable, type Caller, joinable } from './joining.ts'
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
  /** Whether a hit begins a refresh, whatever its age. Default: none does. */
  isDue?: (entry: Entry) => boolean
  /** Only a load that begins after the call will do; what is there may stand in if it fails. Default `false`. */
  fresh?: boolean
  /** An invalidation that the answer must not miss, though this process may not have heard of it yet. Default: none. */
  after?: Stamp
  /** Told as the call begins to wait for a load that is not its own. Default: nobody. */
  onWait?: () => void
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
  const caller: Caller = { key, options, calledAt: parts.clock.now() }
  const { calledAt } = caller
  // What is under way may have begun long ago: it must not come last and stay.
  if (options.fresh) parts.keys.raise(key, { detach: false })
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
      const theirs = joins < mostJoins ? joinable(parts, state, caller) : undefined
      if (theirs) {
        parts.observer?.joined()
        options.onWait?.()
      }
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
  const { after, fresh } = options
  const tiers = fastTiers(parts.tiers)
  const missed = joins === 0 ? options.missed : undefined
  const rest = missed ? tiers.slice(1) : tiers
  const near = await lookUp(parts, { key, state, tiers: rest, after })
  const standIns = [...(missed?.standIns ?? []), ...near.standIns]
  if (!fresh || near.hit === undefined) return { ...near, standIns }
  const { entry, source } = near.hit
  return { ...near, hit: undefined, standIns: [...standIns, { key, entry, source, blemish: 'expired' }] }
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
  let onLooked: () => void = () => {}
  const looked = new Promise<void>(resolve => {
    onLooked = resolve
  })
  const standIns: StandIn[] = [...near.standIns]
  const { known: stamp } = parts.bus.sync()
  const abandoned = new AbortController()
  const alarm = new Alarm(clock)
  const { tags = noTags } = options
  const flight: Flight = {
    key,
    begunAt,
    stamp,
    tags,
    outcome,
    standIns,
    looked,
    alarm,
    waiting: 0,
    abandoned,
  }
  state.flight = flight
  const { fresh = false, after, onWait } = options
  const journey: Journey = {
    key,
    load,
    standIns,
    deletions: state.deletions,
    waitUntil: begunAt + settings.waitMs,
    waits: true,
    reject: undefined,
    fresh,
    after,
    onLooked,
    onWait,
    abandoned: abandoned.signal,
  }
  const held = keys.hold(key)
  const arrive = (result: Outcome) => {
    if (held.flight === flight) held.flight = undefined
    alarm.close()
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
    // Who called in the same turn may be about to join.
    if (flight.waiting === 0) await setImmediate()
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
    const journey: Journey = {
      key,
      load,
      standIns: [],
      deletions,
      waitUntil: 0,
      waits: false,
      reject,
      fresh: false,
      after: undefined,
      onLooked: () => {},
      onWait: undefined,
      abandoned: never,
    }
    await travel(parts, state, journey, () => {})
  }
  await fly(way, () => {})
  state.refreshing = false
  parts.keys.release(key, state)
}
