/**
 * cacheable with its memory, Redis by keyv, and its own sync. The sync asks for a message provider: this one is pub/sub
 * of node-redis with JSON in each message, as the provider for Redis does it. It is told keys for tags and patterns.
 */
import KeyvRedis, { Keyv } from '@keyv/redis'
import { Cacheable, type CacheableSyncOptions, KeyvCacheableMemory } from 'cacheable'
import { createClient } from 'redis'
import {
  type SourceValue,
  type Subject,
  type SubjectAnswer,
  type SubjectOptions,
  type SubjectRead,
  urlOf,
} from '../subject.ts'

type Provider = Exclude<CacheableSyncOptions['qified'], readonly unknown[]> & { readonly id: string }
type Handler = Parameters<Provider['subscribe']>[1]

export async function openCacheable(options: SubjectOptions): Promise<Subject> {
  const { plan, redis, prefix } = options
  const { provider, close } = await openProvider(urlOf(redis))
  const memory = new KeyvCacheableMemory({
    lruSize: Math.ceil(plan.keys * plan.memoryShare),
    ttl: plan.ttlMs,
  })
  const primary = new Keyv({ store: memory })
  const store = new KeyvRedis(urlOf(redis), { namespace: prefix, throwOnConnectError: false })
  const secondary = new Keyv({ store, namespace: prefix })
  for (const keyv of [primary, secondary]) keyv.on('error', () => undefined)
  const cache = new Cacheable({
    primary,
    secondary,
    ttl: plan.ttlMs,
    sync: { qified: provider, namespace: prefix },
  })
  cache.on('error', () => undefined)
  const done = (action: Promise<unknown>) =>
    action.then(
      () => true,
      () => false,
    )
  const nearby = async (key: string) => (await primary.has(key)) === true
  const getOrSet = async ({ key, load }: SubjectRead): Promise<SubjectAnswer> => {
    let loads = false
    const near = await nearby(key)
    const fetch = async () => {
      loads = true
      return (await load()).value as SourceValue
    }
    const value = await cache.getOrSet(key, fetch, { ttl: plan.ttlMs })
    return { value, source: loads ? 'load' : near ? 'memory' : 'shared', stale: undefined }
  }
  return {
    queued: 0,
    async get(key) {
      const near = await nearby(key)
      const value = await cache.get<SourceValue>(key)
      return value && { value, source: near ? 'memory' : 'shared', stale: undefined }
    },
    getOrSet,
    claim: getOrSet,
    set: ({ key, value }) => done(cache.set(key, value, plan.ttlMs)),
    invalidate: (_, keys) =>
      done(keys.length === 1 ? cache.delete(keys[0] ?? '') : cache.deleteMany([...keys])),
    onHeard: () => undefined,
    async close() {
      await close()
      await store.disconnect(true).catch(() => undefined)
    },
  }
}

async function openProvider(url: string): Promise<{ provider: Provider; close(): Promise<void> }> {
  const [publisher, subscriber] = [createClient({ url }), createClient({ url })]
  for (const client of [publisher, subscriber]) client.on('error', () => undefined)
  await Promise.all([publisher.connect(), subscriber.connect()])
  const subscriptions = new Map<string, Handler[]>()
  const close = async () => {
    publisher.destroy()
    subscriber.destroy()
  }
  const provider: Provider = {
    id: 'redis',
    subscriptions,
    publish: async (topic, message) => void (await publisher.publish(topic, JSON.stringify(message))),
    async subscribe(topic, handler) {
      subscriptions.set(topic, [...(subscriptions.get(topic) ?? []), handler])
      await subscriber.subscribe(topic, text => {
        // Whoever may publish there can send anything.
        if (text.startsWith('{')) void handler.handler({ ...JSON.parse(text), providerId: 'redis' })
      })
    },
    unsubscribe: topic => subscriber.unsubscribe(topic),
    disconnect: close,
  }
  return { provider, close }
}
