/** The engine over memory and Redis, as a cache would put them together; a mutant takes one guard away. */
import { memoryTier } from '@greenlang/cache-l1'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import type { InvalidationBus } from '@greenlang/core'
import {
  type Answer,
  busGuards,
  createEngine,
  type Engine,
  engineGuards,
  recordGuards,
} from '@greenlang/core/coherence'
import { type Guards, mutants } from '@greenlang/testkit/simulation'
import type { Plan } from '../plan.ts'
import type { Source, SourceValue, Subject, SubjectAnswer, SubjectOptions, SubjectRead } from '../subject.ts'
import { urlOf } from '../subject.ts'

const openFor = '1s'

/** How long an engine waits for others, in ms. */
export interface EngineWaits {
  readonly claimMs: number
  readonly longestLoadMs: number
  readonly waitMs: number
}

export const waits: EngineWaits = { claimMs: 1_000, longestLoadMs: 3_000, waitMs: 1_000 }

export async function openOurs(options: SubjectOptions): Promise<Subject> {
  const { plan, redis, prefix } = options
  const guards = guardsOf(plan.mutant)
  const url = urlOf(redis)
  const deadline = `${plan.deadlineMs}ms` as const
  const memory = memoryTier({
    name: 'memory',
    maxEntries: Math.ceil(plan.keys * plan.memoryShare),
    maxTtl: plan.memoryTtlMs,
  })
  const shared = redisTier({ name: 'shared', url, prefix, deadline, openFor })
  const bus = redisBus({
    url,
    scope: prefix,
    deadline,
    maxTags: plan.maxTags,
    maxStream: plan.maxStream,
    lease: `${plan.leaseMs}ms`,
    guards: { ...busGuards, ...guards.bus },
  })
  const engine = await createEngine({
    tiers: [memory, shared],
    bus,
    ...waits,
    maxTags: plan.maxTags,
    guards: { ...engineGuards, ...guards.engine },
    recordGuards: { ...recordGuards, ...guards.record },
  })
  const close = async () => {
    engine.close()
    memory.close()
    await Promise.all([bus.close(), shared.close()])
  }
  return {
    ...subjectOf(engine, bus, plan),
    get queued() {
      return engine.queued
    },
    close,
  }
}

function guardsOf(name: string | undefined): Guards {
  if (name === undefined) return {}
  const mutant = mutants.find(one => one.name === name)
  if (mutant === undefined) throw new RangeError('no such mutant')
  return mutant.guards
}

function subjectOf(
  engine: Engine,
  bus: InvalidationBus,
  { ttlMs, graceMs, softMs }: Plan,
): Omit<Subject, 'queued' | 'close'> {
  const patience = softMs === undefined ? {} : { softMs }
  return {
    async get(key) {
      const answer = await engine.get(key)
      return answer && told(answer)
    },
    async getOrSet({ key, load }) {
      const near = engine.peek(key)
      if (near !== undefined && 'value' in near && !near.negative)
        return { value: near.value as SourceValue, source: 'memory', stale: undefined }
      return told(await engine.getOrSet(key, load, patience))
    },
    claim: read => claimAndSet(engine, read),
    async set({ key, value, version }) {
      const versioned = version === undefined ? {} : { version }
      return (await engine.set(key, value, { ...versioned, ttl: ttlMs, grace: graceMs })).propagated
    },
    async invalidate(invalidation, _, version) {
      return (await engine.invalidate(invalidation, version === undefined ? {} : { version })).propagated
    },
    onHeard(listener) {
      // The engine has subscribed before: it has dropped the keys by now.
      bus.subscribe(({ own, invalidation }) => {
        if (!own && 'keys' in invalidation) listener(invalidation.keys)
      })
    },
  }
}

async function claimAndSet(engine: Engine, { key, load }: SubjectRead): Promise<SubjectAnswer> {
  const slot = await engine.claim(key)
  if (slot.kind === 'found')
    return { value: slot.entry.value as SourceValue, source: 'shared', stale: undefined }
  try {
    const { value, options } = await load()
    await slot.set(value, options)
    return { value: value as SourceValue, source: 'load', stale: undefined }
  } catch (error) {
    await slot.release()
    throw error
  }
}

function told({ entry, source, stale, joined }: Answer): SubjectAnswer {
  const value = entry === undefined || entry.negative ? undefined : (entry.value as SourceValue)
  return { value, source: joined ? 'joined' : (source as Source), stale }
}
