/** What can be watched, by its shape: a tier, a pool, a cache. Their figures are read on each exposition. */
import { InvalidArgumentError, type TierStats } from '@greenlang/core'
import type { Instruments } from './instruments.ts'
import type { MetricId } from './names.ts'

/** What is used of a pool's figures. */
export interface WatchedPoolStats {
  readonly active: number
  readonly idle: number
  readonly waiting: number
  readonly max: number
}

/** What is used of a cache's figures. */
export interface WatchedCacheStats {
  readonly requests: number
  readonly hits: number
  readonly staleServed: number
  readonly tiers: readonly { readonly name: string; readonly bypassed: boolean }[]
  readonly coherence?: { readonly queued: number; readonly silentMs: number; readonly bypassedMs: number }
  readonly bulkhead?: { readonly running: number; readonly waiting: number }
}

export type WatchedSource = { stats(): TierStats | WatchedPoolStats } | { analytics(): WatchedCacheStats }

export type SourceKind = 'tier' | 'pool' | 'cache'

/** Metrics that hold the last reading of sources: they are cleared before each. */
export const readingIds: readonly MetricId[] = [
  'cacheRequests',
  'cacheHits',
  'cacheStaleServed',
  'cacheTierBypassed',
  'cacheQueued',
  'cacheBusSilence',
  'cacheBypassed',
  'cacheLoadsRunning',
  'cacheLoadsWaiting',
  'tierEntries',
  'tierBytes',
  'tierHits',
  'tierMisses',
  'tierSets',
  'tierDeletes',
  'tierEvictions',
  'tierRejected',
  'tierFailures',
  'poolConnections',
  'poolMax',
  'poolWaiting',
]

/** @throws InvalidArgumentError for a source of no known shape. */
export function kindOf(source: WatchedSource): SourceKind {
  if ('analytics' in source) return 'cache'
  const stats = source.stats()
  if ('hits' in stats && 'evictions' in stats) return 'tier'
  if ('active' in stats && 'waiting' in stats) return 'pool'
  throw new InvalidArgumentError('source', 'a tier, a pool or a cache', source)
}

export function readSource(instruments: Instruments, name: string, source: WatchedSource): void {
  if ('analytics' in source) {
    readCache(instruments, name, source.analytics())
    return
  }
  const stats = source.stats()
  if ('active' in stats) readPool(instruments, name, stats)
  else readTier(instruments, name, stats)
}

function readTier(instruments: Instruments, tier: string, stats: TierStats): void {
  if (stats.entries !== undefined) instruments.set('tierEntries', { tier }, stats.entries)
  if (stats.bytes !== undefined) instruments.set('tierBytes', { tier }, stats.bytes)
  instruments.count('tierHits', { tier }, stats.hits)
  instruments.count('tierMisses', { tier }, stats.misses)
  instruments.count('tierSets', { tier }, stats.sets)
  instruments.count('tierDeletes', { tier }, stats.deletes)
  instruments.count('tierEvictions', { tier }, stats.evictions)
  instruments.count('tierRejected', { tier }, stats.rejected)
  instruments.count('tierFailures', { tier }, stats.failures)
}

function readPool(instruments: Instruments, pool: string, stats: WatchedPoolStats): void {
  instruments.set('poolConnections', { pool, state: 'active' }, stats.active)
  instruments.set('poolConnections', { pool, state: 'idle' }, stats.idle)
  instruments.set('poolMax', { pool }, stats.max)
  instruments.set('poolWaiting', { pool }, stats.waiting)
}

function readCache(instruments: Instruments, cache: string, stats: WatchedCacheStats): void {
  instruments.count('cacheRequests', { cache }, stats.requests)
  instruments.count('cacheHits', { cache }, stats.hits)
  instruments.count('cacheStaleServed', { cache }, stats.staleServed)
  for (const { name: tier, bypassed } of stats.tiers)
    instruments.set('cacheTierBypassed', { cache, tier }, bypassed ? 1 : 0)
  const { coherence, bulkhead } = stats
  if (coherence) {
    instruments.set('cacheQueued', { cache }, coherence.queued)
    instruments.set('cacheBusSilence', { cache }, coherence.silentMs / 1000)
    instruments.count('cacheBypassed', { cache }, coherence.bypassedMs / 1000)
  }
  if (bulkhead) {
    instruments.set('cacheLoadsRunning', { cache }, bulkhead.running)
    instruments.set('cacheLoadsWaiting', { cache }, bulkhead.waiting)
  }
}
