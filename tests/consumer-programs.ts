/** What a user would first try with each package, in a few lines, and what it must print. */

export interface Program {
  readonly code: string
  readonly prints: string
  /** Siblings it uses beside the package and what that depends on. */
  readonly also?: readonly string[]
}

const core: Program = {
  code: `
    import { createEntry, freshness, parseDuration } from '@greenlang/core'
    const entry = createEntry('value', { ttl: '1m', grace: '1h' })
    const at = ms => freshness(entry, entry.createdAt + ms)
    console.log(at(0), at(parseDuration('ttl', '1m')), at(parseDuration('life', '61m')))`,
  prints: 'fresh stale expired',
}

const testkit: Program = {
  code: `
    import { fakeClock } from '@greenlang/testkit'
    const clock = fakeClock(1000)
    const slept = clock.sleep(3_600_000).then(() => 'slept')
    await clock.advance('1h')
    console.log(await slept, clock.now(), clock.waiting)`,
  prints: 'slept 3601000 0',
}

const cacheL1: Program = {
  code: `
    import { createEntry } from '@greenlang/core'
    import { cached, memoryTier } from '@greenlang/cache-l1'
    const tier = memoryTier({ maxEntries: 2, eviction: 'lru' })
    for (const key of ['a', 'b']) tier.set(key, createEntry(key.toUpperCase()))
    tier.put('c', 'C')
    const twice = cached(number => 2 * number, { maxBytes: '1mb' })
    console.log(tier.get('a')?.value, tier.value('c'), tier.stats().evictions, twice(2) + twice(2))`,
  prints: 'undefined C 1 8',
}

const cacheRedis: Program = {
  code: `
    import { createEntry } from '@greenlang/core'
    import { redisBus, redisTier } from '@greenlang/cache-redis'
    const url = process.env.REDIS_URL
    const prefix = 'packed-' + process.pid + ':'
    const bus = redisBus({ url, scope: prefix })
    const heard = new Promise(resolve => bus.subscribe(resolve))
    for (let sent = { propagated: false }; !sent.propagated; ) sent = await bus.publish({ mode: 'delete', keys: ['a'] })
    console.log((await heard).invalidation.keys[0])
    await bus.close()
    const tier = redisTier({ url, prefix, compression: 'gzip', deadline: '10s' })
    await tier.set('a', createEntry({ when: new Date(0), list: [1, null] }))
    console.log(JSON.stringify((await tier.get('a')).value), await tier.get('b'))
    await tier.clear()
    await tier.close()`,
  prints: 'a\n{"when":"1970-01-01T00:00:00.000Z","list":[1,null]} undefined',
}

const cacheDisk: Program = {
  code: `
    import { createEntry } from '@greenlang/core'
    import { diskTier } from '@greenlang/cache-disk'
    const before = diskTier({ directory: 'cache', maxBytes: '1mb' })
    await before.set('a', createEntry('survives'))
    await before.close()
    const after = diskTier({ directory: 'cache', maxBytes: '1mb' })
    console.log((await after.get('a')).value)
    await after.close()`,
  prints: 'survives',
}

const cacheManager: Program = {
  also: ['@greenlang/cache-l1'],
  code: `
    import { memoryTier } from '@greenlang/cache-l1'
    import { createCache } from '@greenlang/cache-manager'
    const cache = createCache({ tiers: [memoryTier({ maxEntries: 10 })] })
    let loads = 0
    const load = async () => ++loads
    await Promise.all([cache.getOrSet('a', load), cache.getOrSet('a', load)])
    await cache.invalidate({ keys: ['a'] })
    console.log(await cache.getOrSet('a', load), await cache.getOrSet('a', load))
    await cache.close()`,
  prints: '2 2',
}

const invalidation: Program = {
  code: `
    import { memoryBus } from '@greenlang/invalidation'
    const bus = memoryBus()
    bus.subscribe(frame => console.log(frame.own, frame.stamp.sequence, frame.invalidation.tags))
    await bus.publish({ mode: 'invalidate', tags: ['user:1'] })
    await bus.close()`,
  prints: "true 1 [ 'user:1' ]",
}

const codec: Program = {
  code: `
    import { createEntry } from '@greenlang/core'
    import { cborCodec, decodeEntry, encodeEntry } from '@greenlang/codec'
    const bytes = encodeEntry('key', createEntry(new Map([['a', 1n]])), cborCodec())
    const read = key => decodeEntry(key, bytes, cborCodec())
    console.log(read('key').entry.value, read('other').reason)`,
  prints: "Map(1) { 'a' => 1n } key",
}

const resilience: Program = {
  code: `
    import { createGuard } from '@greenlang/resilience'
    const guard = createGuard({ deadline: '20ms' })
    const hung = await guard.run(() => new Promise(() => {})).catch(error => error.code)
    console.log(hung, await guard.run(async () => 'answered'), guard.state)
    guard.close()`,
  prints: 'DEADLINE answered closed',
}

const dbPool: Program = {
  code: `
    import { createPool } from '@greenlang/db-pool'
    const pool = createPool({ url: process.env.DATABASE_URL, size: 2 })
    const { rows } = await pool.query('select $1::int + 1 as sum', [41])
    console.log(rows[0].sum, (await pool.query('select broken').catch(error => error)).code)
    await pool.close()`,
  prints: '42 42703',
}

const queryOptimizer: Program = {
  code: `
    import { createQueryOptimizer } from '@greenlang/query-optimizer'
    const optimizer = createQueryOptimizer()
    await optimizer.ready
    const [one, two, other] = await Promise.all(
      ['select 1', 'select 2', 'select now()'].map(text => optimizer.fingerprint(text)))
    console.log(one === two, one === other, one.length)`,
  prints: 'true false 16',
}

const metrics: Program = {
  code: `
    import { createMetrics } from '@greenlang/metrics'
    const metrics = createMetrics()
    metrics.observe({ cache: 'main', type: 'lookup', tier: 'memory', outcome: 'fresh', durationMs: 1 })
    const text = await metrics.expose()
    console.log(text.split('\\n').find(line => line.startsWith('greenlang_cache_lookups_total')))`,
  prints: 'greenlang_cache_lookups_total{cache="main",tier="memory",outcome="fresh"} 1',
}

const migrations: Program = {
  code: `
    import { workflowMigrations, workflowSchema } from '@greenlang/migrations/workflow'
    const sql = workflowMigrations.map(({ up }) => up).join()
    console.log(Object.keys(workflowSchema).length >= 11, (sql.match(/create table/gi) ?? []).length >= 11)`,
  prints: 'true true',
}

export const programs: Readonly<Record<string, Program>> = {
  '@greenlang/core': core,
  '@greenlang/testkit': testkit,
  '@greenlang/cache-l1': cacheL1,
  '@greenlang/cache-redis': cacheRedis,
  '@greenlang/cache-disk': cacheDisk,
  '@greenlang/cache-manager': cacheManager,
  '@greenlang/invalidation': invalidation,
  '@greenlang/codec': codec,
  '@greenlang/resilience': resilience,
  '@greenlang/db-pool': dbPool,
  '@greenlang/query-optimizer': queryOptimizer,
  '@greenlang/metrics': metrics,
  '@greenlang/migrations': migrations,
}
