/**
 * Every metric of the family. Names have base units, counters end in `_total`, histograms in their unit; labels are names
 * that the program chose (a cache, a tier, a pool) or words of a closed list, never a key, a text or a fingerprint.
 */

export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Without the prefix. */
  readonly name: string
  /** Prometheus base unit; `none` for a count or a state. */
  readonly unit: 'seconds' | 'bytes' | 'none'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper edges, in `unit`. Histograms only. */
  readonly buckets?: readonly number[]
}

/** From a look-up in memory to one over a bad network. */
const lookupBuckets = [1e-6, 5e-6, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1] as const
/** What OpenTelemetry advises for database operations. */
const databaseBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] as const
/** From an idle connection at hand to the acquire timeout. */
const acquireBuckets = [1e-4, 5e-4, ...databaseBuckets, 30] as const

export const metricDefinitions = {
  cacheLookups: counter('cache_lookups_total', 'Look-ups of a tier.', ['cache', 'tier', 'outcome']),
  cacheLookupTime: histogram('cache_lookup_seconds', 'Time of look-ups.', ['cache', 'tier'], lookupBuckets),
  cacheLoadTime: histogram('cache_load_seconds', 'Time of loads.', ['cache', 'outcome'], databaseBuckets),
  cacheJoins: counter('cache_joins_total', 'Callers who shared a load begun by another.', ['cache']),
  cacheTierFailures: counter('cache_tier_failures_total', 'Operations of a tier that failed.', [
    'cache',
    'tier',
    'operation',
  ]),
  cacheCircuit: gauge('cache_circuit_state', '1 for the state the circuit of a tier is in.', [
    'cache',
    'tier',
    'state',
  ]),
  cacheInvalidations: counter('cache_invalidations_total', 'Invalidations made here or heard of.', [
    'cache',
    'mode',
    'target',
    'origin',
  ]),
  cacheRequests: counter('cache_requests_total', 'Requests to a cache.', ['cache']),
  cacheHits: counter('cache_hits_total', 'Requests answered by a fresh entry.', ['cache']),
  cacheStaleServed: counter('cache_stale_served_total', 'Callers given a stale value after a failed load.', [
    'cache',
  ]),
  cacheStale: counter('cache_stale_total', 'Callers given a stale value.', ['cache', 'reason']),
  cacheGaps: counter('cache_bus_gaps_total', 'Times that frames of the bus were lost.', ['cache']),
  cacheViolations: counter('cache_audit_violations_total', 'Hits older than the promise, in a sample.', [
    'cache',
  ]),
  cacheWarmed: counter('cache_warmed_total', 'Keys brought to memory ahead of their callers.', ['cache']),
  cacheAdvice: counter('cache_advice_total', 'Pieces of advice on the configuration.', ['cache', 'code']),
  cacheQueued: gauge('cache_invalidations_queued', 'Invalidations that wait to be sent.', ['cache']),
  cacheBusSilence: gauge(
    'cache_bus_silence_seconds',
    'Since the bus was last known to be complete.',
    ['cache'],
    'seconds',
  ),
  cacheBypassed: counter(
    'cache_bypassed_seconds_total',
    'Time in which memory was not believed.',
    ['cache'],
    'seconds',
  ),
  cacheLoadsRunning: gauge('cache_loads_running', 'Loads under way.', ['cache']),
  cacheLoadsWaiting: gauge('cache_loads_waiting', 'Loads that wait for a place.', ['cache']),
  cacheTierBypassed: gauge('cache_tier_bypassed', '1 while a whole tier is bypassed.', ['cache', 'tier']),
  tierEntries: gauge('tier_entries', 'Entries held.', ['tier']),
  tierBytes: gauge('tier_bytes', 'Size of the entries held.', ['tier'], 'bytes'),
  tierHits: counter('tier_hits_total', 'Look-ups that found an entry.', ['tier']),
  tierMisses: counter('tier_misses_total', 'Look-ups that found none.', ['tier']),
  tierSets: counter('tier_sets_total', 'Entries written.', ['tier']),
  tierDeletes: counter('tier_deletes_total', 'Entries deleted.', ['tier']),
  tierEvictions: counter('tier_evictions_total', 'Entries that made room for others.', ['tier']),
  tierRejected: counter('tier_rejected_total', 'Entries that could not be trusted.', ['tier']),
  tierFailures: counter('tier_failures_total', 'Operations that failed or ran out of time.', ['tier']),
  diskState: gauge('disk_state', '1 for the state a disk tier is in.', ['tier', 'state']),
  diskChanges: counter('disk_changes_total', 'What befell a disk tier.', ['tier', 'change']),
  diskRepairs: counter('disk_repairs_total', 'Orphaned files removed, entries without a file dropped.', [
    'tier',
    'found',
  ]),
  poolAcquireTime: histogram(
    'pool_acquire_seconds',
    'Time callers waited for a connection.',
    ['pool', 'outcome'],
    acquireBuckets,
  ),
  poolHeldTime: histogram('pool_held_seconds', 'Time connections were borrowed.', ['pool'], databaseBuckets),
  poolChanges: counter('pool_connection_changes_total', 'Connections opened, closed and failed.', [
    'pool',
    'change',
  ]),
  poolConnections: gauge('pool_connections', 'Open connections.', ['pool', 'state']),
  poolMax: gauge('pool_connections_max', 'Most connections that may be open.', ['pool']),
  poolWaiting: gauge('pool_waiting', 'Callers waiting for a connection.', ['pool']),
  queryTime: histogram('query_seconds', 'Time of queries.', ['outcome'], databaseBuckets),
  slowQueries: counter('slow_queries_total', 'Queries slower than the limit.', []),
  seriesDropped: counter('metric_series_dropped_total', 'Values dropped: a metric had too many series.', [
    'metric',
  ]),
  sourceFailures: counter('metric_source_failures_total', 'Readings of a watched source that threw.', []),
} as const

export type MetricId = keyof typeof metricDefinitions
export type IdOf<Kind extends MetricDefinition['kind']> = {
  [Id in MetricId]: (typeof metricDefinitions)[Id]['kind'] extends Kind ? Id : never
}[MetricId]
export type LabelsOf<Id extends MetricId> = Readonly<
  Record<(typeof metricDefinitions)[Id]['labels'][number], string>
>

function counter<const Labels extends readonly string[]>(
  name: string,
  help: string,
  labels: Labels,
  unit: 'seconds' | 'none' = 'none',
) {
  return { kind: 'counter', name, unit, help, labels } as const
}

function gauge<const Labels extends readonly string[]>(
  name: string,
  help: string,
  labels: Labels,
  unit: 'seconds' | 'bytes' | 'none' = 'none',
) {
  return { kind: 'gauge', name, unit, help, labels } as const
}

function histogram<const Labels extends readonly string[]>(
  name: string,
  help: string,
  labels: Labels,
  buckets: readonly number[],
) {
  return { kind: 'histogram', name, unit: 'seconds', help, labels, buckets } as const
}
