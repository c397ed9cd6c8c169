/** Every event of the family: the vocabulary that metrics, dashboards and logs speak. No event carries a key or SQL. */
import type { InvalidationMode } from './bus.ts'

/** Receives events. Must not throw and must not block. */
export type Observer<Event> = (event: Event) => void

export type TierOperation = 'get' | 'set' | 'delete' | 'invalidate' | 'clear'
export type CircuitState = 'closed' | 'open' | 'half-open'

export type CacheEvent = { readonly cache: string } & (
  | {
      readonly type: 'lookup'
      readonly tier: string
      readonly outcome: 'fresh' | 'stale' | 'miss'
      readonly durationMs: number
    }
  | { readonly type: 'load'; readonly outcome: 'found' | 'absent' | 'failed'; readonly durationMs: number }
  /** A caller was given the result of a load that another caller had begun. */
  | { readonly type: 'join' }
  | {
      readonly type: 'tier-failure'
      readonly tier: string
      readonly operation: TierOperation
      readonly error: unknown
    }
  | { readonly type: 'circuit'; readonly tier: string; readonly state: CircuitState }
  | {
      readonly type: 'invalidation'
      readonly mode: InvalidationMode
      readonly target: 'keys' | 'tags' | 'pattern' | 'all'
      readonly origin: 'own' | 'other'
    }
)

export type PoolEvent = { readonly pool: string } & (
  | { readonly type: 'acquire'; readonly outcome: 'ok' | 'timed-out' | 'failed'; readonly durationMs: number }
  /** A connection came back after being held for `durationMs`. */
  | { readonly type: 'release'; readonly durationMs: number }
  | { readonly type: 'connection'; readonly change: 'opened' | 'closed' | 'failed' }
)

export type QueryEvent = {
  readonly type: 'query'
  readonly outcome: 'ok' | 'failed'
  readonly durationMs: number
  /** 16 hexadecimal digits that are equal for queries that differ only in their values. */
  readonly fingerprint: string
  readonly slow: boolean
}

export type GreenlangEvent = CacheEvent | PoolEvent | QueryEvent
