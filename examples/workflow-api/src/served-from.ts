/** Which tier answered a request, and whether with a stale value: an observer of the cache's events. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { CacheEvent } from '@greenlang/core'

type StaleReason = Extract<CacheEvent, { type: 'stale' }>['reason']

interface Trail {
  servedFrom: string
  /** Why a stale value was given; absent where none was. */
  stale?: StaleReason
}

export interface Traced<T> extends Trail {
  readonly result: T
}

const trails = new AsyncLocalStorage<Trail>()

/** Runs `work` and says where its cache look-up ended: a tier's name, `load`, `join` or `database`. Told in headers. */
export async function traceServedFrom<T>(work: () => Promise<T>): Promise<Traced<T>> {
  const trail: Trail = { servedFrom: 'database' }
  const result = await trails.run(trail, work)
  return { ...trail, result }
}

export function noteLookup(event: CacheEvent): void {
  const trail = trails.getStore()
  if (!trail) return
  if (event.type === 'lookup' && event.outcome === 'fresh') trail.servedFrom = event.tier
  if (event.type === 'load' || event.type === 'join') trail.servedFrom = event.type
  if (event.type === 'stale') trail.stale = event.reason
}
