/** What the disk is for: a restart with Redis empty, and a disk that is not there. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DiskTier, diskTier } from '@greenlang/cache-disk'
import { memoryTier } from '@greenlang/cache-l1'
import { type Cache, createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { startRedis } from '@greenlang/servers'
import { afterEach, expect, it } from '@jest/globals'

const endings: (() => PromiseLike<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

it('serves from disk after a restart with Redis empty, and not what was invalidated meanwhile', async () => {
  const server = await startRedis({ redisUrl: '', report: () => undefined })
  endings.push(() => server.stop())
  const directory = await mkdtemp(join(tmpdir(), 'greenlang-restart-'))
  endings.push(() => rm(directory, { recursive: true, force: true }))
  const keys = ['workflow:1', 'workflow:2', 'workflow:3']

  const first = open(server.url, directory)
  await first.until(async () => (await first.disk.journal.read()) !== undefined)
  for (const key of keys) await first.cache.getOrSet(key, async () => `${key}, first`, tagged(key))
  await first.until(() => first.disk.stats().entries === 3)
  await first.cache.close()

  const other = createCache({
    tiers: [redisTier({ url: server.url })],
    bus: redisBus({ url: server.url }),
  })
  const { propagated } = await other.invalidate({ tags: ['tag of workflow:2'] })
  expect(propagated).toBe(true)
  await other.close()
  const redis = redisTier({ url: server.url })
  await redis.deleteMany(keys)
  await redis.close()

  const second = open(server.url, directory)
  // Until it has replayed what it missed, and heard a beat, nothing of the disk is believed.
  await second.until(async () => (await second.cache.get('workflow:1')) !== undefined)
  const answers = []
  for (const key of keys)
    answers.push(await second.cache.getOrSet(key, async () => `${key}, second`, tagged(key)))
  expect(answers).toEqual(['workflow:1, first', 'workflow:2, second', 'workflow:3, first'])
  await second.cache.close()
})

it('goes on without a disk that cannot be used', async () => {
  const types: string[] = []
  const disk = diskTier({
    directory: join('/sys', 'no place for files'),
    maxBytes: '1gb',
    observer: ({ type }) => types.push(type),
  })
  const cache = createCache({ tiers: [memoryTier({ maxEntries: 100 }), disk] })
  endings.push(() => cache.close())
  for (const round of [1, 2, 3])
    for (const key of ['a', 'b', 'c'])
      expect(await cache.getOrSet(key, async () => `${key}${round}`)).toBe(`${key}1`)
  await cache.invalidate({ keys: ['a'] })
  expect(await cache.getOrSet('a', async () => 'new')).toBe('new')
  expect(disk.stats().state).toBe('off')
  expect(types).toEqual(['degraded'])
})

interface Process {
  readonly cache: Cache
  readonly disk: DiskTier
  until(check: () => boolean | Promise<boolean>): Promise<void>
}

function open(url: string, directory: string): Process {
  const disk = diskTier({ directory, maxBytes: '100mb' })
  const tiers = [memoryTier({ maxEntries: 100 }), redisTier({ url }), disk] as const
  const cache = createCache({ tiers: [...tiers], bus: redisBus({ url }), defaults: { ttl: '10m' } })
  endings.push(() => cache.close())
  return {
    cache,
    disk,
    async until(check) {
      const deadline = performance.now() + 20_000
      while (!(await check())) {
        if (performance.now() > deadline) throw new Error('not within 20 s')
        await new Promise(resolve => setImmediate(resolve))
      }
    },
  }
}

const tagged = (key: string) => ({ tags: [`tag of ${key}`] })
