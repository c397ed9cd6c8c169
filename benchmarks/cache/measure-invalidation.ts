/** A tag on a million entries in memory, and a pattern on a million keys in Redis. */
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryTier } from '@greenlang/cache-l1'
import { createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { createEntry } from '@greenlang/core'
import { createClient } from 'redis'
import { quantile } from '../report/statistics.ts'
import type { Say } from './say.ts'

export interface TagFigures {
  readonly entries: number
  /** Of one invalidation, in ms. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of one PING over a connection of its own, between them. */
  readonly roundTripMs: number
  readonly missesAfter: number
  readonly readsAfter: number
}

export interface PatternFigures {
  readonly keys: number
  readonly invalidateMs: number
  readonly readsAfter: number
  readonly hitsAfter: number
  /** Commands that Redis itself took longer than 5 ms for, while it was swept. */
  readonly slowCommands: number
  readonly sweptMs: number
  readonly keysLeft: number
  /** Keys that the pattern does not name, and that are there. */
  readonly othersLeft: number
}

const tries = 200
const reads = 2_000
const others = 1_000
const chunk = 5_000

export async function measureTags(url: string, entries: number): Promise<TagFigures> {
  const prefix = `bench-tags-${process.pid}:`
  const memory = memoryTier({ maxEntries: entries + 1 })
  const bus = redisBus({ url, scope: prefix })
  await using cache = createCache({
    tiers: [memory, redisTier({ url, prefix })],
    bus,
    defaults: { ttl: '1h' },
  })
  await using client = await connected(url)
  const { stamp } = await cache.invalidate({ tags: ['before'] })
  if (stamp === undefined) throw new Error('the bus gave no stamp')
  for (let number = 0; number < entries; number += 1) {
    const entry = createEntry(number, { ttl: '1h', tags: ['all', `one:${number}`] }, { stamp })
    memory.set(`key:${number}`, { ...entry, checkedAt: performance.timeOrigin + performance.now() })
  }
  const [took, pings] = [[] as number[], [] as number[]]
  for (let tried = 0; tried < tries; tried += 1) {
    took.push(await timed(() => cache.invalidate({ tags: ['all'] })))
    pings.push(await timed(() => client.ping()))
  }
  let missesAfter = 0
  for (let read = 0; read < reads; read += 1)
    if ((await cache.get(`key:${(read * 7_919) % entries}`, { tiers: ['memory'] })) === undefined)
      missesAfter += 1
  const sorted = took.sort((a, b) => a - b)
  return {
    entries,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    roundTripMs: quantile(
      pings.sort((a, b) => a - b),
      0.5,
    ),
    missesAfter,
    readsAfter: reads,
  }
}

export async function measurePattern(url: string, keys: number, say: Say): Promise<PatternFigures> {
  const prefix = `bench-pattern-${process.pid}:`
  const open = () =>
    createCache({
      tiers: [memoryTier({ maxEntries: 1 }), redisTier({ url, prefix, deadline: '5s' })],
      bus: redisBus({ url, scope: prefix }),
      defaults: { ttl: '1h' },
    })
  await using cache = open()
  await using client = await connected(url)
  await fill(url, prefix, { keys, say })
  const slow = await slowCommands(client, 5_000)
  const invalidateMs = await timed(() => cache.invalidate({ pattern: 'named:*' }))
  let hitsAfter = 0
  for (let read = 0; read < reads; read += 1)
    if ((await cache.get(`named:${(read * 7_919) % keys}`)) !== undefined) hitsAfter += 1
  say(`${keys} keys named; the sweep begins after the longest load`)
  const sweptMs = await timed(() => untilSwept(client, prefix, say))
  return {
    keys,
    invalidateMs,
    readsAfter: reads,
    hitsAfter,
    slowCommands: await slow.count(),
    sweptMs,
    keysLeft: await client.dbSize(),
    othersLeft: (await cache.getMany(Array.from({ length: others }, (_, number) => `other:${number}`))).size,
  }
}

async function fill(url: string, prefix: string, { keys, say }: { keys: number; say: Say }): Promise<void> {
  await using tier = redisTier({ url, prefix, deadline: '30s' })
  await using bus = redisBus({ url, scope: prefix })
  const known = () => bus.sync().known
  const entry = () => createEntry('x'.repeat(40), { ttl: '1h' }, { stamp: known() })
  while (known().history === '') await bus.publish({ mode: 'invalidate', tags: ['begin'] })
  await tier.setMany(new Map(Array.from({ length: others }, (_, number) => [`other:${number}`, entry()])))
  for (let from = 0; from < keys; from += chunk) {
    const size = Math.min(chunk, keys - from)
    await tier.setMany(
      new Map(Array.from({ length: size }, (_, number) => [`named:${from + number}`, entry()])),
    )
    if (from % (chunk * 40) === 0) say(`${from} of ${keys} keys stored`)
  }
}

type Client = Awaited<ReturnType<typeof connected>>

async function connected(url: string) {
  const client = createClient({ url })
  client.on('error', () => undefined)
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.destroy() })
}

async function slowCommands(client: Client, aboveMicroseconds: number) {
  await client.sendCommand(['CONFIG', 'SET', 'slowlog-log-slower-than', `${aboveMicroseconds}`])
  await client.sendCommand(['SLOWLOG', 'RESET'])
  return { count: async () => Number(await client.sendCommand(['SLOWLOG', 'LEN'])) }
}

async function untilSwept(client: Client, prefix: string, say: Say): Promise<void> {
  let before = Number.POSITIVE_INFINITY
  for (;;) {
    await sleep(1_000)
    const left = await client.dbSize()
    if (left < before) say(`${left} keys are left under ${prefix}`)
    // The values of the others, and the record of the bus.
    if (left <= others + 20) return
    before = left
  }
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await action()
  return performance.now() - begun
}
