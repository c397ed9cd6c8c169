/** The whole cache over memory, Redis and a disk of its own, as a service would put them together. */
import { diskTier } from '@greenlang/cache-disk'
import { type MemoryTier, memoryTier } from '@greenlang/cache-l1'
import {
  type Cache,
  createCache,
  type Detailed,
  type InvalidateTarget,
  type LoadContext,
} from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import type { Invalidation, InvalidationBus } from '@greenlang/core'
import type { Source, SourceValue, Subject, SubjectAnswer, SubjectOptions, SubjectRead } from '../subject.ts'
import { urlOf } from '../subject.ts'

const openFor = '1s'
const diskBytes = 2 ** 28
/** Of the reads: told where a value came from. */
const detailedShare = 0.3

export async function openCache({ plan, redis, prefix, directory }: SubjectOptions): Promise<Subject> {
  const url = urlOf(redis)
  const deadline = `${plan.deadlineMs}ms` as const
  const maxEntries = Math.ceil(plan.keys * plan.memoryShare)
  const { maxTags, maxStream, ttlMs: ttl, graceMs: grace, softMs: soft } = plan
  const memory = memoryTier({ name: 'memory', maxEntries, maxTtl: plan.memoryTtlMs })
  const bus = redisBus({ url, scope: prefix, deadline, maxTags, maxStream, lease: `${plan.leaseMs}ms` })
  const cache = createCache({
    tiers: [
      memory,
      redisTier({ name: 'shared', url, prefix, deadline, openFor }),
      diskTier({ name: 'disk', directory, maxBytes: diskBytes }),
    ],
    bus,
    maxTags,
    defaults: { ttl, grace, ...(soft !== undefined && { timeouts: { soft } }) },
  })
  return {
    ...subjectOf(cache, { memory, bus }),
    get queued() {
      return cache.analytics().coherence.queued
    },
    close: () => cache.close(),
  }
}

function subjectOf(
  cache: Cache,
  { memory, bus }: { readonly memory: MemoryTier; readonly bus: InvalidationBus },
): Omit<Subject, 'queued' | 'close'> {
  return {
    async get(key) {
      const answer = await cache.getDetailed<SourceValue>(key)
      return answer.entry && told(answer)
    },
    async getOrSet({ key, load }) {
      if (Math.random() < detailedShare)
        return told(await cache.getOrSetDetailed<SourceValue | undefined>(key, loaderOf(load)))
      // Without detail, as most callers do: by the shortest way, where it is open.
      let source: Source = memory.peek(key) === undefined ? 'shared' : 'memory'
      const loads = () => {
        source = 'load'
      }
      const value = await cache.getOrSet<SourceValue | undefined>(key, loaderOf(load, loads))
      return { value, source, stale: undefined }
    },
    claim: read => claimAndSet(cache, read),
    async set({ key, value, version }) {
      return (await cache.set(key, value, version === undefined ? {} : { version })).propagated
    },
    async invalidate(invalidation, _, version) {
      return (await invalidate(cache, invalidation, version)).propagated
    },
    onHeard(listener) {
      bus.subscribe(({ own, invalidation }) => {
        if (!own && 'keys' in invalidation) listener(invalidation.keys)
      })
    },
  }
}

function loaderOf(load: SubjectRead['load'], onLoad?: () => void) {
  return async ({ configure }: LoadContext): Promise<SourceValue | undefined> => {
    onLoad?.()
    const { value, options, negativeTtlMs, version } = await load()
    configure({
      ...options,
      ...(negativeTtlMs !== undefined && { negativeTtl: negativeTtlMs }),
      ...(version !== undefined && { version }),
    })
    return value as SourceValue | undefined
  }
}

function invalidate(cache: Cache, invalidation: Invalidation, version: number | undefined) {
  const { mode, ...target } = invalidation
  if ('all' in target) return cache.clear()
  return cache.invalidate(target as InvalidateTarget, { mode, ...(version !== undefined && { version }) })
}

async function claimAndSet(cache: Cache, { key, load }: SubjectRead): Promise<SubjectAnswer> {
  const slot = await cache.claim<SourceValue>(key)
  if (slot.kind === 'found') return { value: slot.value, source: 'shared', stale: undefined }
  try {
    const { value, options } = await load()
    await slot.set(value as SourceValue, options)
    return { value: value as SourceValue, source: 'load', stale: undefined }
  } catch (error) {
    await slot.release()
    throw error
  }
}

function told({ value, source, why, joined }: Detailed<SourceValue | undefined>): SubjectAnswer {
  return { value, source: joined ? 'joined' : (source as Source), stale: why }
}
