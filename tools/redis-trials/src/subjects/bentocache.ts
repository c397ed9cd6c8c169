/** bentocache with memory, Redis and its bus over Redis, as its documents put them together. It is told keys for patterns. */

import { EventEmitter } from 'node:events'
import type { Invalidation } from '@greenlang/core'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import type { SourceValue, Subject, SubjectAnswer, SubjectOptions, SubjectRead } from '../subject.ts'

export async function openBentocache(options: SubjectOptions): Promise<Subject> {
  const { plan, redis, prefix } = options
  const { ttlMs, deadlineMs, keys, memoryShare } = plan
  const connection = { ...redis, commandTimeout: deadlineMs, maxRetriesPerRequest: 1 }
  const emitter = new EventEmitter()
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxItems: Math.ceil(keys * memoryShare), serialize: false }))
    .useL2Layer(redisDriver({ connection }))
    .useBus(redisBusDriver({ connection, retryQueue: { enabled: true } }))
  const bento = new BentoCache({
    default: 'trial',
    stores: { trial: store },
    prefix,
    ttl: ttlMs,
    grace: false,
    emitter,
  })
  // Who answered is told by event only.
  const layers = new Map<string, string>()
  bento.on('cache:hit', ({ key, layer }) => void layers.set(key, layer))
  const heard: ((keys: readonly string[]) => void)[] = []
  emitter.on('bus:message:received', ({ message }: { message: { keys: readonly string[] } }) => {
    for (const listener of heard) queueMicrotask(() => listener(message.keys))
  })
  const done = async (action: () => Promise<unknown>) =>
    action().then(
      () => true,
      () => false,
    )
  const getOrSet = async ({ key, load }: SubjectRead): Promise<SubjectAnswer> => {
    let loads = false
    const factory = async ({ setTags }: { setTags: (tags: string[]) => void }) => {
      loads = true
      const loaded = await load()
      setTags([...(loaded.options?.tags ?? [])])
      return loaded.value as SourceValue
    }
    const value = await bento.getOrSet({ key, factory })
    if (loads) return { value, source: 'load', stale: undefined }
    return { value, source: layers.get(key) === 'l2' ? 'shared' : 'memory', stale: undefined }
  }
  return {
    queued: 0,
    async get(key) {
      const value = (await bento.get({ key })) as SourceValue | undefined | null
      return value
        ? { value, source: layers.get(key) === 'l2' ? 'shared' : 'memory', stale: undefined }
        : undefined
    },
    getOrSet,
    claim: getOrSet,
    set: ({ key, value }) => done(() => bento.set({ key, value })),
    invalidate(invalidation: Invalidation, keys) {
      if ('all' in invalidation) return done(() => bento.clear())
      if ('tags' in invalidation) return done(() => bento.deleteByTag({ tags: [...invalidation.tags] }))
      return done(() => bento.deleteMany({ keys: [...keys] }))
    },
    onHeard: listener => void heard.push(listener),
    close: () => bento.disconnectAll(),
  }
}
