/** Everything the service stands on, opened in one place and closed in the opposite order. */
import { diskTier } from '@greenlang/cache-disk'
import { memoryTier } from '@greenlang/cache-l1'
import { type Cache, createCache } from '@greenlang/cache-manager'
import { redisBus, redisTier } from '@greenlang/cache-redis'
import type { CacheEvent, CircuitState, DiskEvent, InvalidationBus, Observer, Tier } from '@greenlang/core'
import { createPool, type Pool } from '@greenlang/db-pool'
import { createMetrics, type Metrics } from '@greenlang/metrics'
import { createQueryOptimizer, type QueryOptimizer } from '@greenlang/query-optimizer'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Settings } from './settings.ts'

export interface Backends {
  readonly cache: Cache
  /** State of each circuit breaker that has told one; one that has not is closed. */
  readonly circuits: ReadonlyMap<string, CircuitState>
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
    // A database that pauses for seconds, as in a failover, makes an update wait and not fail.
    acquireTimeout: '15s',
    queryTimeout: '15s',
    observer: metrics.observe,
  })
  const optimizer = createQueryOptimizer({ slowAfter: '100ms', observer: metrics.observe })
  await optimizer.ready
  optimizer.attach(pool)
  const circuits = new Map<string, CircuitState>()
  const observer = (event: CacheEvent) => {
    if (event.type === 'circuit') circuits.set(event.tier, event.state)
    metrics.observe(event)
  }
  const tiers = openTiers(settings, { onCache: observer, onDisk: metrics.observe })
  const cache = createCache({
    name: 'workflows',
    tiers,
    ...openBus(settings),
    observer,
    defaults: { ttl: '10m', grace: '1h' },
    // After a restart: what was hottest, as far as Redis or the disk of before still has it.
    warming: {},
    // One hit in a thousand is held against the next tier.
    audit: { every: 1_000 },
  })
  for (const tier of tiers) metrics.watch(tier.name, tier)
  metrics.watch('workflows', cache)
  metrics.watch('workflows', pool)
  const close = async () => {
    await cache.close()
    optimizer.close()
    await pool.close()
    metrics.close()
  }
  return { cache, circuits, database: drizzle(pool), metrics, optimizer, pool, close }
}

/** Over the same Redis as the tier: every process of the service hears what another invalidates. */
function openBus({ redisUrl, redisPrefix }: Settings): { bus?: InvalidationBus } {
  return redisUrl ? { bus: redisBus({ url: redisUrl, scope: redisPrefix }) } : {}
}

/** Fastest first; small in memory on purpose, so that the tiers below it have something to do. */
function openTiers(
  { redisUrl, redisPrefix, cacheDirectory }: Settings,
  { onCache, onDisk }: { readonly onCache: Observer<CacheEvent>; readonly onDisk: Observer<DiskEvent> },
): [Tier, ...Tier[]] {
  const tiers: [Tier, ...Tier[]] = [memoryTier({ maxEntries: 1_000, maxTtl: '1m' })]
  // Redis brings its own breaker, so its state is told from here; the cache tells that of the others.
  const onState = (state: CircuitState) =>
    onCache({ cache: 'workflows', type: 'circuit', tier: 'redis', state })
  // Tried again soon: a server that only paused is of use again at once.
  if (redisUrl) tiers.push(redisTier({ url: redisUrl, prefix: redisPrefix, openFor: '2s', onState }))
  if (cacheDirectory) tiers.push(diskTier({ directory: cacheDirectory, maxBytes: '1gb', observer: onDisk }))
  return tiers
}
