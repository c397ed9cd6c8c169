/** Keys brought to memory, from Redis and from a disk. */
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskTier } from '@greenlang/cache-disk'
import { memoryTier } from '@greenlang/cache-l1'
import { type Cache, createCache, type WarmReport } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import type { CacheEvent } from '@greenlang/core'

export interface WarmFigures {
  readonly redis: WarmReport
  readonly disk: WarmReport
  /** What the keys that the disk remembers as its hottest took, as the cache opened. */
  readonly onStart: { readonly warmed: number; readonly durationMs: number }
}

const setsPerDrain = 500
const value = (key: string) => ({ id: key, name: 'Quarterly emissions report', steps: [1, 2, 3] })

export async function measureWarming(url: string, count: number): Promise<WarmFigures> {
  const keys = Array.from({ length: count }, (_, number) => `workflow:${number}`)
  const directory = await mkdtemp(join(tmpdir(), 'greenlang-bench-warm-'))
  try {
    const redis = await fromRedis(url, keys)
    const { disk, onStart } = await fromDisk(directory, keys)
    return { redis, disk, onStart }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function fromRedis(url: string, keys: readonly string[]): Promise<WarmReport> {
  const prefix = `bench-warm-${process.pid}:`
  const open = () =>
    createCache({
      tiers: [memoryTier({ maxEntries: keys.length }), redisTier({ url, prefix, deadline: '5s' })],
      bus: redisBus({ url, scope: prefix }),
      defaults: { ttl: '1h' },
    })
  const before = open()
  const { stored } = await before.setMany(new Map(keys.map(key => [key, value(key)])))
  if (!stored) throw new Error('the keys could not be stored')
  await before.close()
  await using cache = open()
  return await cache.warm(keys)
}

async function fromDisk(directory: string, keys: readonly string[]) {
  const open = (warming?: object) =>
    createCache({
      tiers: [memoryTier({ maxEntries: keys.length }), diskTier({ directory, maxBytes: '1gb' })],
      defaults: { ttl: '1h' },
      guard: { deadline: '5s' },
      ...warming,
    })
  const before = open()
  for (const [number, key] of keys.entries()) {
    await before.set(key, value(key))
    // A disk that is far behind is given no more copies.
    if (number % setsPerDrain === 0) await before.drain('1m')
  }
  await before.drain('1m')
  await before.close()
  const reader = open()
  const disk = await reader.warm(keys)
  await reader.close()
  const onStart = await startedWarm(observer => open({ observer, warming: { hottest: keys.length } }))
  return { disk, onStart }
}

type Listener = (event: CacheEvent) => void

/** What a cache says that it warmed as it opened. */
async function startedWarm(open: (observer: Listener) => Cache): Promise<WarmFigures['onStart']> {
  const done = new EventEmitter()
  const cache = open(event => {
    if (event.type === 'warming' && event.done) done.emit('done', event)
  })
  const [{ warmed, durationMs }] = await once(done, 'done')
  await cache.close()
  return { warmed, durationMs }
}
