import type { GreenlangEvent } from '@greenlang/core'

/** What must never be seen outside. */
export const canary = 'user:4711:secret'

/** An error as a careless tier might make it: the key is in its message and in its fields. */
const leaky = Object.assign(new Error(`cannot read ${canary}`), { key: canary, code: canary })

export const oneOfEach: readonly GreenlangEvent[] = [
  { cache: 'flows', type: 'lookup', tier: 'memory', outcome: 'fresh', durationMs: 0.002 },
  { cache: 'flows', type: 'load', outcome: 'found', durationMs: 12 },
  { cache: 'flows', type: 'join' },
  { cache: 'flows', type: 'stale', reason: 'failed' },
  { cache: 'flows', type: 'gap' },
  { cache: 'flows', type: 'audit', olderMs: 12 },
  {
    cache: 'flows',
    type: 'warming',
    asked: 3,
    warmed: 2,
    absent: 1,
    failed: 0,
    done: true,
    durationMs: 4,
  },
  { cache: 'flows', type: 'advice', code: 'no-bus', message: 'there is no bus' },
  { cache: 'flows', type: 'tier-failure', tier: 'redis', operation: 'get', error: leaky },
  { cache: 'flows', type: 'circuit', tier: 'redis', state: 'open' },
  { cache: 'flows', type: 'invalidation', mode: 'delete', target: 'keys', origin: 'own' },
  { pool: 'main', type: 'acquire', outcome: 'ok', durationMs: 0.4 },
  { pool: 'main', type: 'release', durationMs: 7 },
  { pool: 'main', type: 'connection', change: 'opened' },
  { tier: 'disk', type: 'degraded', state: 'read-only', error: leaky },
  { tier: 'disk', type: 'rebuilt', reason: canary },
  { tier: 'disk', type: 'reconciled', orphans: 3, missing: 2 },
  { type: 'query', outcome: 'ok', durationMs: 140, fingerprint: '50fde20626009aba', slow: true },
]
