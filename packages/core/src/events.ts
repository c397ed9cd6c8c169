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
  /** A caller was given a stale value: for a load that is slow, for one that failed, or as nobody could be asked. */
  | { readonly type: 'stale'; readonly reason: 'slow' | 'failed' | 'cut' }
  /** Frames of the bus were lost: what memory held then is not believed any more. */
  | { readonly type: 'gap' }
  /** The auditor found that memory served a value so much older than one that was there, in ms. */
  | { readonly type: 'audit'; readonly olderMs: number }
  /** Warming goes on, or is `done`: keys that were asked for so far, and what came of them; `error` is what its source threw. */
  | {
      readonly type: 'warming'
      readonly asked: number
      readonly warmed: number
      readonly absent: number
      readonly failed: number
      readonly done: boolean
      readonly durationMs: number
      readonly error?: unknown
    }
  /** Something about the configuration or the way it is used that costs more than it should. */
  | { readonly type: 'advice'; readonly code: string; readonly message: string }
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

export type DiskEvent = { readonly tier: string } & (
  | { readonly type: 'recovered'; readonly afterMs: number }
  /** Once per outage. `read-only`: what is there is served, nothing is written. `off`: every read is a miss. */
  | { readonly type: 'degraded'; readonly state: 'read-only' | 'off'; readonly error: unknown }
  /** The index was replaced: by an empty one when opened, by one made from memory later. */
  | { readonly type: 'rebuilt'; readonly reason: string }
  /** Files that no entry had were removed, entries whose file was gone or of another length dropped: so many. */
  | { readonly type: 'reconciled'; readonly orphans: number; readonly missing: number }
)

export type GreenlangEvent = CacheEvent | PoolEvent | QueryEvent | DiskEvent
