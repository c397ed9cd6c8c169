/** The database as the origin of invalidations: a row changed by whoever it was is changed in the caches of all processes. */
import { memoryTier } from '@greenlang/cache-l1'
import { type Cache, createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import { outboxSql, postgresSource, triggerSql } from '@greenlang/invalidation'
import { createTestDatabase, testRedisUrl } from '@greenlang/servers'
import { afterEach, expect, it } from '@jest/globals'
import pg from 'pg'

const endings: (() => PromiseLike<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return client
}

function openCache(prefix: string): Cache {
  const url = testRedisUrl()
  const tiers = [memoryTier({ maxEntries: 100 }), redisTier({ url, prefix })] as const
  const cache = createCache({ tiers, bus: redisBus({ url, scope: prefix }), defaults: { ttl: '1h' } })
  endings.push(() => cache.close())
  return cache
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it did not come true in 20 s')
    await new Promise(resolve => setImmediate(resolve))
  }
}

it('reaches every process from plain SQL, after the commit and not before', async () => {
  const database = await createTestDatabase()
  endings.push(() => database.drop())
  const client = await connected(database.url)
  endings.push(() => client.end())
  const watch = {
    table: 'orders',
    keys: ['order:{id}'],
    tags: ['user:{user_id}'],
    truncate: { pattern: 'order:*' },
  }
  await client.query('create table orders (id int primary key, user_id text, total int)')
  for (const statement of [...outboxSql().up, ...triggerSql(watch).up]) await client.query(statement)
  await client.query("insert into orders values (7, 'ann', 1), (8, 'ann', 1), (9, 'bob', 1)")

  const prefix = `outbox-${process.pid}-${Date.now()}:`
  const [here, there] = [openCache(prefix), openCache(prefix)]
  const source = postgresSource({ target: here, connect: () => connected(database.url), pollEvery: '100ms' })
  endings.push(() => source.close())
  const total = (cache: Cache, id: number, user: string) =>
    cache.getOrSet(
      `order:${id}`,
      async () =>
        (await client.query('select total from orders where id = $1', [id])).rows[0]?.total as number,
      { tags: [`user:${user}`] },
    )
  await until(async () => source.stats().applied >= 3)
  for (const cache of [here, there])
    expect([await total(cache, 7, 'ann'), await total(cache, 9, 'bob')]).toEqual([1, 1])

  const writer = await connected(database.url)
  endings.push(() => writer.end())
  await writer.query('begin')
  await writer.query('update orders set total = 2 where id = 7')
  expect([await total(here, 7, 'ann'), await total(there, 7, 'ann')]).toEqual([1, 1])
  await writer.query('commit')
  await until(async () => (await total(here, 7, 'ann')) === 2 && (await total(there, 7, 'ann')) === 2)
  // Nobody named it.
  expect(await there.get('order:9')).toBe(1)

  await writer.query("update orders set user_id = 'bob' where id = 8")
  await until(async () => !(await here.has('order:9')) && !(await there.has('order:9')))
})
