import type { GreenlangEvent, TierStats } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { register } from 'prom-client'
import { createMetrics, metricDefinitions } from '../src/index.ts'
import { canary, oneOfEach } from './events.ts'
import { faultsOf, parseExposition, sumOf } from './exposition.ts'

const tierStats: TierStats = {
  entries: 3,
  bytes: undefined,
  hits: 10,
  misses: 4,
  sets: 5,
  deletes: 1,
  evictions: 2,
  rejected: 0,
  failures: 0,
}
const poolStats = { active: 2, idle: 1, waiting: 4, max: 20 }
const analytics = {
  requests: 20,
  hits: 15,
  staleServed: 1,
  tiers: [{ name: 'memory', bypassed: true }],
  coherence: { queued: 2, silentMs: 1_500, bypassedMs: 250 },
  bulkhead: { running: 3, waiting: 4 },
}

function full() {
  const metrics = createMetrics()
  for (const event of oneOfEach) metrics.observe(event)
  metrics.watch('memory', { stats: () => tierStats })
  metrics.watch('main', { stats: () => poolStats })
  metrics.watch('flows', { analytics: () => analytics })
  return metrics
}

describe('the exposition', () => {
  it('keeps the rules of names, types and units, and has every metric', async () => {
    const families = parseExposition(await full().expose())
    expect(faultsOf(families)).toEqual([])
    const names = Object.values(metricDefinitions).map(({ name }) => `greenlang_${name}`)
    expect(families.map(({ name }) => name).sort()).toEqual(names.sort())
    const empty = families.filter(({ samples }) => samples.length === 0).map(({ name }) => name)
    expect(empty).toEqual(['greenlang_tier_bytes', 'greenlang_metric_series_dropped_total'])
  })

  it.each<[string, Record<string, string>, number]>([
    ['cache_lookups_total', { cache: 'flows', tier: 'memory', outcome: 'fresh' }, 1],
    ['cache_lookup_seconds_bucket', { tier: 'memory', le: '0.000001' }, 0],
    ['cache_lookup_seconds_bucket', { tier: 'memory', le: '0.000005' }, 1],
    ['cache_load_seconds_sum', { cache: 'flows', outcome: 'found' }, 0.012],
    ['cache_joins_total', { cache: 'flows' }, 1],
    ['cache_tier_failures_total', { tier: 'redis', operation: 'get' }, 1],
    ['cache_circuit_state', { tier: 'redis', state: 'open' }, 1],
    ['cache_circuit_state', { tier: 'redis', state: 'closed' }, 0],
    ['cache_invalidations_total', { mode: 'delete', target: 'keys', origin: 'own' }, 1],
    ['disk_state', { tier: 'disk', state: 'read-only' }, 1],
    ['disk_state', { tier: 'disk', state: 'working' }, 0],
    ['disk_changes_total', { tier: 'disk', change: 'rebuilt' }, 1],
    ['disk_repairs_total', { tier: 'disk', found: 'orphan' }, 3],
    ['pool_acquire_seconds_count', { pool: 'main', outcome: 'ok' }, 1],
    ['pool_held_seconds_sum', { pool: 'main' }, 0.007],
    ['pool_connection_changes_total', { change: 'opened' }, 1],
    ['query_seconds_bucket', { outcome: 'ok', le: '0.1' }, 0],
    ['slow_queries_total', {}, 1],
    ['tier_hits_total', { tier: 'memory' }, 10],
    ['tier_entries', { tier: 'memory' }, 3],
    ['pool_connections', { pool: 'main', state: 'active' }, 2],
    ['pool_waiting', { pool: 'main' }, 4],
    ['cache_requests_total', { cache: 'flows' }, 20],
    ['cache_tier_bypassed', { cache: 'flows', tier: 'memory' }, 1],
  ])('has %s %j', async (name, labels, value) => {
    const families = parseExposition(await full().expose())
    expect(sumOf(families, `greenlang_${name}`, labels)).toBe(value)
  })

  it('has no key, no error and no fingerprint in it', async () => {
    const text = await full().expose()
    for (const secret of [canary, 'secret', '4711', '50fde20626009aba']) expect(text).not.toContain(secret)
  })

  it('takes a prefix, and leaves the global registry alone', async () => {
    const metrics = createMetrics({ prefix: 'shop' })
    const other = createMetrics({ prefix: 'shop' })
    metrics.observe({ cache: 'flows', type: 'join' })
    expect(sumOf(parseExposition(await metrics.expose()), 'shop_cache_joins_total')).toBe(1)
    expect(sumOf(parseExposition(await other.expose()), 'shop_cache_joins_total')).toBeUndefined()
    expect(await register.metrics()).toBe('\n')
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  it('escapes odd names', async () => {
    const metrics = createMetrics()
    metrics.observe({ cache: 'a"b\\c\nd', type: 'join' })
    const families = parseExposition(await metrics.expose())
    expect(sumOf(families, 'greenlang_cache_joins_total', { cache: 'a\\"b\\\\c\\nd' })).toBe(1)
  })
})

describe('bounds', () => {
  it('drops label sets beyond maxSeries, and counts what it dropped', async () => {
    const metrics = createMetrics({ maxSeries: 5 })
    for (let tenant = 0; tenant < 50; tenant += 1)
      metrics.observe({ cache: `tenant ${tenant}`, type: 'join' })
    metrics.observe({ cache: 'tenant 0', type: 'join' })
    const families = parseExposition(await metrics.expose())
    expect(families.find(({ name }) => name === 'greenlang_cache_joins_total')?.samples).toHaveLength(5)
    expect(sumOf(families, 'greenlang_cache_joins_total', { cache: 'tenant 0' })).toBe(2)
    expect(sumOf(families, 'greenlang_metric_series_dropped_total', { metric: 'cache_joins_total' })).toBe(45)
  })

  it('takes bad durations as 0 and unknown events as nothing', async () => {
    const metrics = createMetrics()
    for (const durationMs of [Number.NaN, -5, Number.POSITIVE_INFINITY])
      metrics.observe({ pool: 'main', type: 'release', durationMs })
    metrics.observe({ type: 'of-next-year' } as unknown as GreenlangEvent)
    const families = parseExposition(await metrics.expose())
    expect(faultsOf(families)).toEqual([])
    expect(sumOf(families, 'greenlang_pool_held_seconds_count')).toBe(3)
    expect(sumOf(families, 'greenlang_pool_held_seconds_sum')).toBe(0)
  })
})

describe('watch', () => {
  it('reads anew on each exposition, and no more once stopped', async () => {
    const metrics = createMetrics()
    let hits = 1
    const stop = metrics.watch('memory', { stats: () => ({ ...tierStats, hits }) })
    const read = async () => sumOf(parseExposition(await metrics.expose()), 'greenlang_tier_hits_total')
    expect(await read()).toBe(1)
    hits = 7
    expect(await read()).toBe(7)
    stop()
    stop()
    expect(await read()).toBeUndefined()
  })

  it('lets a cache and a pool have the same name, and no two of a kind', () => {
    const metrics = createMetrics()
    metrics.watch('main', { stats: () => poolStats })
    metrics.watch('main', { analytics: () => analytics })
    const again = () => metrics.watch('main', { stats: () => poolStats })
    expect(again).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'name' }))
  })

  it('refuses what is no source', () => {
    const metrics = createMetrics()
    const watch = () => metrics.watch('x', { stats: () => ({ pages: 3 }) as never })
    expect(watch).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'source' }))
  })

  it('shows the others when one source throws', async () => {
    const metrics = createMetrics()
    let broken = false
    metrics.watch('bad', {
      stats: () => {
        if (broken) throw new Error('bad')
        return poolStats
      },
    })
    metrics.watch('memory', { stats: () => tierStats })
    broken = true
    const families = parseExposition(await metrics.expose())
    expect(sumOf(families, 'greenlang_tier_hits_total', { tier: 'memory' })).toBe(10)
    expect(sumOf(families, 'greenlang_metric_source_failures_total')).toBe(1)
  })
})

describe('close', () => {
  it('forgets everything and says so', async () => {
    const metrics = full()
    metrics.close()
    metrics.close()
    metrics.observe({ cache: 'flows', type: 'join' })
    await expect(metrics.expose()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(() => metrics.watch('x', { stats: () => poolStats })).toThrow(
      expect.objectContaining({ code: 'CLOSED' }),
    )
  })
})

describe('options', () => {
  it.each<[string, Record<string, unknown>]>([
    ['prefix', { prefix: '' }],
    ['prefix', { prefix: '9lives' }],
    ['prefix', { prefix: 'green lang' }],
    ['maxSeries', { maxSeries: 0 }],
    ['createMetrics options.labels', { labels: {} }],
  ])('refuses a bad %s', (option, options) => {
    expect(() => createMetrics(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
  })
})
