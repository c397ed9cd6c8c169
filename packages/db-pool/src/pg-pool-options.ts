/** What pg-pool is told, in its own words. */
import type pg from 'pg'
import type { PoolSettings } from './options.ts'

/** pg-pool's own limit comes after ours and only sweeps up what our deadline has left behind. */
const sweepMs = 100
/** The largest share of a lifetime that chance takes away, so that connections do not all end together. */
const jitter = 0.1

type ClientClass = NonNullable<pg.PoolConfig['Client']>

export function pgPoolOptions(settings: PoolSettings, Client: ClientClass): pg.PoolConfig {
  const { idleTimeoutMs } = settings
  return {
    ...settings.client,
    Client,
    max: settings.size,
    connectionTimeoutMillis: settings.acquireTimeoutMs + sweepMs,
    idleTimeoutMillis: Number.isFinite(idleTimeoutMs) ? idleTimeoutMs : 0,
  }
}

/** pg-pool hides `password`, but not the url that holds one. */
export function hidePassword(options: pg.PoolOptions): void {
  if (options.connectionString === undefined) return
  Object.defineProperty(options, 'connectionString', { value: options.connectionString, enumerable: false })
}

/** pg-pool reads the lifetime for each connection it opens: each reading is another one, never longer than the limit. */
export function shortenLifetimes(options: pg.PoolOptions, maxLifetimeMs: number): void {
  if (!Number.isFinite(maxLifetimeMs)) return
  Object.defineProperty(options, 'maxLifetimeSeconds', {
    get: () => (maxLifetimeMs / 1000) * (1 - Math.random() * jitter),
  })
}
