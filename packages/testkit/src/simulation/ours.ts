/** The engine of @greenlang/core/coherence over the fakes. */
import type { Clock, InvalidationBus, Published, Tier } from '@greenlang/core'
import {
  type Answer,
  type BusGuards,
  busGuards,
  busSession,
  createEngine,
  type Engine,
  type EngineGuards,
  engineGuards,
  type RecordGuards,
  recordGuards,
} from '@greenlang/core/coherence'
import { type FakeWire, fakeWire } from './bus-wire.ts'
import type { Machine } from './machine.ts'
import { leaseMs } from './mix.ts'
import { diskOf, memoryOf } from './private-tiers.ts'
import { type SharedTier, sharedTier } from './shared-tier.ts'
import type { Subject, SubjectAnswer, SubjectRead } from './subject.ts'
import type { Trial } from './trial.ts'

/** What a mutant takes away; all that is not named stays. */
export interface Guards {
  readonly engine?: Partial<EngineGuards>
  readonly bus?: Partial<BusGuards>
  readonly record?: Partial<RecordGuards>
  readonly server?: {
    readonly rotates?: boolean
    readonly countsTokens?: boolean
    readonly buries?: boolean
  }
  /** The disk remembers with the deletes how far it is (rule 9). */
  readonly marksWithDeletes?: boolean
  /** Dates go over the wire by the clock of the server (rule 13). */
  readonly usesServerTime?: boolean
}

const claimMs = 600
export const longestLoadMs = 2_500
const waitMs = 500
const pollMs = 25
const retryMs = 100

export async function ours(trial: Trial, machine: Machine, guards: Guards): Promise<Subject> {
  const { world, mix } = trial
  const clock = machine.clock(machine.actor)
  const { wire, bus } = busOf(trial, machine, guards, clock)
  const callers = machine.callers(machine.actor)
  const shared = sharedTier({ clock, callers, usesServerTime: guards.usesServerTime ?? true })
  const engine = await createEngine({
    tiers: tiersOf(trial, machine, guards, { shared, clock }),
    bus,
    clock,
    random: world.random,
    claimMs,
    longestLoadMs,
    waitMs,
    pollMs,
    retryMs,
    whenCut: mix.whenCut,
    maxTags: mix.maxTags,
    guards: { ...engineGuards, ...guards.engine },
    recordGuards: { ...recordGuards, ...guards.record },
  })
  return subjectOf(trial, engine, { wire, shared })
}

function busOf(
  trial: Trial,
  machine: Machine,
  guards: Guards,
  clock: Clock,
): { wire: FakeWire; bus: InvalidationBus } {
  const { world, servers, appliedAt } = trial
  const [server] = servers
  const [caller] = machine.callers(machine.actor)
  if (server === undefined || caller === undefined) throw new RangeError('no server')
  const { actor, reception } = machine
  const weather = () => machine.weather
  const onApplied = (stamp: { history: string; sequence: number }) =>
    appliedAt.set(`${stamp.history}:${stamp.sequence}`, world.now)
  const wire = fakeWire({ world, actor, server, caller, weather, reception, onFault: trial.count, onApplied })
  const randomId = () => Math.floor(world.random() * 2 ** 52).toString(36)
  return {
    wire,
    bus: busSession({ wire, leaseMs, randomId, clock, guards: { ...busGuards, ...guards.bus } }),
  }
}

function tiersOf(
  { world, mix, servers }: Trial,
  machine: Machine,
  guards: Guards,
  { shared, clock }: { readonly shared: Tier; readonly clock: Clock },
): readonly Tier[] {
  const { actor, disk: store } = machine
  const now = () => clock.now()
  const memory = memoryOf(clock, Math.ceil(mix.keys * mix.memoryShare), mix.memoryTtlMs)
  if (!mix.disk) return [memory, shared]
  const pretends = guards.marksWithDeletes === false ? { pretends: () => servers[0]?.stamp } : {}
  return [memory, shared, diskOf({ world, actor, now, store, slowestMs: mix.diskMs, ...pretends })]
}

interface Connections {
  readonly wire: FakeWire
  readonly shared: SharedTier
}

function subjectOf(trial: Trial, engine: Engine, { wire, shared }: Connections): Subject {
  const { world, appliedAt } = trial
  const acknowledged = ({ propagated, stamp }: Published) =>
    propagated && stamp ? appliedAt.get(`${stamp.history}:${stamp.sequence}`) : undefined
  return {
    get: async key => {
      const near = atOnce(engine, key)
      if (near) return near
      const answer = await engine.get(key)
      return answer && told(answer)
    },
    getOrSet: async ({ key, load, softMs, refreshAfter }) => {
      // A refresh begins on the way of the engine only.
      const near = refreshAfter === undefined ? atOnce(engine, key) : undefined
      if (near) return near
      const patience = softMs === undefined ? {} : { softMs }
      const refresh = refreshAfter === undefined ? {} : { refreshAfter }
      return told(await engine.getOrSet(key, load, { ...patience, ...refresh }))
    },
    claim: read => claimAndSet(engine, read),
    set: async ({ key, value, version, ttlMs }) => {
      const versioned = version === undefined ? {} : { version }
      const { propagated } = await engine.set(key, value, { ...versioned, ttl: ttlMs })
      return propagated ? world.now : undefined
    },
    invalidate: async (invalidation, _, version) =>
      acknowledged(await engine.invalidate(invalidation, version === undefined ? {} : { version })),
    connected: server => {
      if (server === 0) wire.connected()
      shared.connected()
    },
    get queued() {
      return engine.queued
    },
  }
}

/** As a cache reads: by the shortest way, else as the first tier is judged at once. */
function atOnce(engine: Engine, key: string): SubjectAnswer | undefined {
  const value = engine.quick?.value(key)
  if (value !== undefined) return { value, source: 'memory', stale: undefined }
  const found = engine.peek(key)
  if (found === undefined || 'standIns' in found || found.negative) return undefined
  return { value: found.value, source: 'memory', stale: undefined }
}

async function claimAndSet(engine: Engine, { key, load }: SubjectRead): Promise<SubjectAnswer> {
  const slot = await engine.claim(key)
  if (slot.kind === 'found') return { value: slot.entry.value, source: 'shared', stale: undefined }
  try {
    const { value, options } = await load({
      standIn: undefined,
      isOnlyExpired: false,
      signal: new AbortController().signal,
    })
    await slot.set(value, options)
    return { value, source: 'load', stale: undefined }
  } catch (error) {
    await slot.release()
    throw error
  }
}

function told({ entry, source, stale, joined }: Answer): SubjectAnswer {
  const value = entry === undefined || entry.negative ? undefined : entry.value
  return { value, source: joined ? 'joined' : source, stale }
}
