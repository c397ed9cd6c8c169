/** The engine of @greenlang/core/coherence over the fakes. */
import type { Tier } from '@greenlang/core'
import {
  type Answer,
  type BusGuards,
  busGuards,
  busSession,
  createEngine,
  type EngineGuards,
  engineGuards,
  type RecordGuards,
  recordGuards,
} from '@greenlang/core/coherence'
import { fakeWire } from './bus-wire.ts'
import type { Machine } from './machine.ts'
import { leaseMs } from './mix.ts'
import { diskOf, memoryOf } from './private-tiers.ts'
import { sharedTier } from './shared-tier.ts'
import type { Subject, SubjectAnswer } from './subject.ts'
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

export const claimMs = 600
export const longestLoadMs = 2_500
const waitMs = 500
const pollMs = 25
const retryMs = 100

export async function ours(trial: Trial, machine: Machine, guards: Guards): Promise<Subject> {
  const { world, mix, servers } = trial
  const { actor } = machine
  const clock = machine.clock(actor)
  const callers = machine.callers(actor)
  const [busServer] = servers
  const [busCaller] = machine.callers(actor)
  if (busServer === undefined || busCaller === undefined) throw new RangeError('no server')
  const wire = fakeWire({
    world,
    actor,
    server: busServer,
    caller: busCaller,
    weather: () => machine.weather,
    reception: machine.reception,
    onFault: trial.count,
    onApplied: stamp => trial.appliedAt.set(`${stamp.history}:${stamp.sequence}`, world.now),
  })
  const randomId = () => `${Math.floor(world.random() * 2 ** 52).toString(36)}`
  const bus = busSession({ wire, leaseMs, randomId, clock, guards: { ...busGuards, ...guards.bus } })
  const shared = sharedTier({ clock, callers, usesServerTime: guards.usesServerTime ?? true })
  const memory = memoryOf(() => clock.now(), Math.ceil(mix.keys * mix.memoryShare), mix.memoryTtlMs)
  const store = machine.disk
  const pretends = guards.marksWithDeletes === false ? { pretends: () => busServer.stamp } : {}
  const disk = mix.disk
    ? [diskOf({ world, actor, now: () => clock.now(), store, slowestMs: mix.diskMs, ...pretends })]
    : []
  const tiers: readonly Tier[] = [memory, shared, ...disk]
  const engine = await createEngine({
    tiers,
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
  const acknowledged = (published: {
    stamp?: { history: string; sequence: number }
    propagated: boolean
  }) => {
    if (!published.propagated || published.stamp === undefined) return undefined
    return trial.appliedAt.get(`${published.stamp.history}:${published.stamp.sequence}`)
  }
  return {
    get: async key => {
      const answer = await engine.get(key)
      return answer && told(answer)
    },
    getOrSet: async ({ key, load, softMs, refreshAfter }) => {
      const options = {
        ...(softMs === undefined ? {} : { softMs }),
        ...(refreshAfter === undefined ? {} : { refreshAfter }),
      }
      return told(await engine.getOrSet(key, load, options))
    },
    claim: async ({ key, load }) => {
      const slot = await engine.claim(key)
      if (slot.kind === 'found') return { value: slot.entry.value, source: 'shared', stale: undefined }
      try {
        const { value, options } = await load()
        await slot.set(value, options)
        return { value, source: 'load', stale: undefined }
      } catch (error) {
        await slot.release()
        throw error
      }
    },
    set: async ({ key, value, version, ttlMs }) => {
      const result = await engine.set(
        key,
        value,
        version === undefined ? { ttl: ttlMs } : { version, ttl: ttlMs },
      )
      return result.propagated ? world.now : undefined
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

function told({ entry, source, stale, joined }: Answer): SubjectAnswer {
  const value = entry === undefined || entry.negative ? undefined : entry.value
  return { value, source: joined ? 'joined' : source, stale }
}
