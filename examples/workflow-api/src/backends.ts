/** Everything the service stands on, opened in one place and closed in the opposite order. */
import { diskTier } from '@greenlang/cache-disk'
import { memoryTier } from '@greenlang/cache-l1'
import { type Cache, createCache } from '@greenlang/cache-manager'
import { redisTier } from '@greenlang/cache-redis'
import type { CacheEvent, Tier } from '@greenlang/core'
import { createPool, type Pool } from '@greenlang/db-pool'
import { createMetrics, type Metrics } from '@greenlang/metrics'
import { createQueryOptimizer, type QueryOptimizer } from '@greenlang/query-optimizer'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { noteLookup } from './served-from.ts'
import type { Settings } from './settings.ts'

export interface Backends {
  readonly cache: Cache
  readonly database: NodePgDatabase
  readonly metrics: Metrics
  readonly optimizer: QueryOptimizer
  readonly pool: Pool
  close(): Promise<void>
}

export async function openBackends(settings: Settings): Promise<Backends> {
  const metrics = createMetrics()
  const pool = createPool({
    url: settings.databaseUrl,
    name: 'workflows',
    size: 20,
    observer: metrics.observe,
  })
  const optimizer = createQueryOptimizer({ slowAfter: '100ms', observer: metrics.observe })
  await optimizer.ready
  optimizer.attach(pool)
  const tiers = openTiers(settings)
  const observer = (event: CacheEvent) => {
    noteLookup(event)
    metrics.observe(event)
  }
  const cache = createCache({ name: 'workflows', tiers, observer, defaults: { ttl: '10m', grace: '1h' } })
  for (const tier of tiers) metrics.watch(tier.name, tier)
  metrics.watch('workflows', cache)
  metrics.watch('workflows', pool)
  const close = async () => {
    await cache.close()
    optimizer.close()
    await pool.close()
    metrics.close()
  }
  return { cache, database: drizzle(pool), metrics, optimizer, pool, close }
}

/** Fastest first; small in memory on purpose, so that the tiers below it have something to do. */
function openTiers({ redisUrl, redisPrefix, cacheDirectory }: Settings): [Tier, ...Tier[]] {
  const tiers: [Tier, ...Tier[]] = [memoryTier({ maxEntries: 2_000, maxTtl: '1m' })]
  if (redisUrl) tiers.push(redisTier({ url: redisUrl, prefix: redisPrefix }))
  if (cacheDirectory) tiers.push(diskTier({ directory: cacheDirectory, maxBytes: '1gb' }))
  return tiers
}
