/** Which tier answered a request, told in the `x-served-from` header: a ten-line observer of the cache's events. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { CacheEvent } from '@greenlang/core'

interface Trail {
  servedFrom: string
}

const trails = new AsyncLocalStorage<Trail>()

/** Runs `work` and says where its cache look-up ended: a tier's name, `load`, `join` or `database`. */
export async function traceServedFrom<T>(work: () => Promise<T>): Promise<{ result: T; servedFrom: string }> {
  const trail: Trail = { servedFrom: 'database' }
  const result = await trails.run(trail, work)
  return { result, servedFrom: trail.servedFrom }
}

export function noteLookup(event: CacheEvent): void {
  const trail = trails.getStore()
  if (!trail) return
  if (event.type === 'lookup' && event.outcome === 'fresh') trail.servedFrom = event.tier
  if (event.type === 'load' || event.type === 'join') trail.servedFrom = event.type
}
