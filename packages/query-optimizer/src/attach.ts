/** Follows the clients of a pool: each is intercepted once, when it is first lent, whoever borrows it and however. */
import { intercept, type QueryableClient, type QueryListener } from './intercept.ts'

/** The calls used of a `pg.Pool`. */
export interface TrackablePool {
  on(event: 'connect' | 'acquire' | 'remove', listener: (client: QueryableClient) => void): unknown
  removeListener(event: string, listener: (client: QueryableClient) => void): unknown
}

/** Returns a function that ends it: no listener and no intercepted client is left. */
export function attachTo(pool: TrackablePool, listener: QueryListener): () => void {
  const intercepted = new Map<QueryableClient, () => void>()
  const add = (client: QueryableClient) => {
    if (!intercepted.has(client)) intercepted.set(client, intercept(client, listener))
  }
  const remove = (client: QueryableClient) => {
    intercepted.get(client)?.()
    intercepted.delete(client)
  }
  // 'connect' comes first: what other listeners of it send to set up a session is tracked too.
  pool.on('connect', add)
  pool.on('acquire', add)
  pool.on('remove', remove)
  return () => {
    pool.removeListener('connect', add)
    pool.removeListener('acquire', add)
    pool.removeListener('remove', remove)
    for (const restore of intercepted.values()) restore()
    intercepted.clear()
  }
}
