/** What each event of the family adds to which metric. */
import type { CacheEvent, CircuitState, DiskEvent, GreenlangEvent, PoolEvent } from '@greenlang/core'
import type { Instruments } from './instruments.ts'

const circuitStates: readonly CircuitState[] = ['closed', 'open', 'half-open']
const diskStates = ['working', 'read-only', 'off'] as const

export function recordEvent(instruments: Instruments, event: GreenlangEvent): void {
  if ('cache' in event) recordCache(instruments, event)
  else if ('pool' in event) recordPool(instruments, event)
  else if (event.type === 'query') {
    if (event.slow) instruments.count('slowQueries', {})
    instruments.time('queryTime', { outcome: event.outcome }, event.durationMs)
  } else if ('tier' in event) recordDisk(instruments, event)
}

function recordCache(instruments: Instruments, event: CacheEvent): void {
  switch (event.type) {
    case 'lookup': {
      const { cache, tier, outcome, durationMs } = event
      instruments.count('cacheLookups', { cache, tier, outcome })
      instruments.time('cacheLookupTime', { cache, tier }, durationMs)
      break
    }
    case 'load': {
      const { cache, outcome, durationMs } = event
      instruments.time('cacheLoadTime', { cache, outcome }, durationMs)
      break
    }
    case 'join':
      instruments.count('cacheJoins', { cache: event.cache })
      break
    case 'stale':
      instruments.count('cacheStale', { cache: event.cache, reason: event.reason })
      break
    case 'gap':
      instruments.count('cacheGaps', { cache: event.cache })
      break
    case 'audit':
      instruments.count('cacheViolations', { cache: event.cache })
      break
    case 'warming':
      if (event.done) instruments.count('cacheWarmed', { cache: event.cache }, event.warmed)
      break
    case 'advice':
      instruments.count('cacheAdvice', { cache: event.cache, code: event.code })
      break
    case 'tier-failure': {
      const { cache, tier, operation } = event
      instruments.count('cacheTierFailures', { cache, tier, operation })
      break
    }
    case 'circuit': {
      const { cache, tier } = event
      for (const state of circuitStates)
        instruments.set('cacheCircuit', { cache, tier, state }, state === event.state ? 1 : 0)
      break
    }
    case 'invalidation': {
      const { cache, mode, target, origin } = event
      instruments.count('cacheInvalidations', { cache, mode, target, origin })
      break
    }
    default:
      // An event of a newer version: not known here, not an error.
      event satisfies never
  }
}

function recordPool(instruments: Instruments, event: PoolEvent): void {
  switch (event.type) {
    case 'acquire': {
      const { pool, outcome, durationMs } = event
      instruments.time('poolAcquireTime', { pool, outcome }, durationMs)
      break
    }
    case 'release':
      instruments.time('poolHeldTime', { pool: event.pool }, event.durationMs)
      break
    case 'connection':
      instruments.count('poolChanges', { pool: event.pool, change: event.change })
      break
    default:
      // An event of a newer version: not known here, not an error.
      event satisfies never
  }
}

function recordDisk(instruments: Instruments, event: DiskEvent): void {
  const { tier, type } = event
  instruments.count('diskChanges', { tier, change: type })
  if (type === 'reconciled') {
    instruments.count('diskRepairs', { tier, found: 'orphan' }, event.orphans)
    instruments.count('diskRepairs', { tier, found: 'missing' }, event.missing)
  }
  if (type !== 'degraded' && type !== 'recovered') return
  const now = type === 'degraded' ? event.state : 'working'
  for (const state of diskStates) instruments.set('diskState', { tier, state }, state === now ? 1 : 0)
}
