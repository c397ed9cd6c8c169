/**
 * What this process has to tell: invalidations that could not be sent, and those that were acknowledged
 * of late, which are sent again when a failover may have undone them.
 */
import type { Invalidation } from '../bus.ts'
import type { Pending } from './pending.ts'

export interface Waiting {
  readonly invalidation: Invalidation
  /** Of the row, where one key is named and the caller knows it. */
  readonly version?: number | undefined
  readonly pending: Pending
}

/**
 * One for each target, the oldest first; their order binds nobody, for each only removes. Past `limit` all becomes one
 * clear, for nothing may be dropped.
 */
export interface Outbox {
  readonly size: number
  /** Answers with those that this one stands for from now on. */
  add(waiting: Waiting): readonly Waiting[]
  /** The oldest, so many at most; they stay until `done`. */
  first(count: number): readonly Waiting[]
  done(waiting: Waiting): void
}

/** @param limit Invalidations that wait. @param collapse Makes the one that stands for all. */
export function createOutbox(limit: number, collapse: () => Waiting): Outbox {
  const byTarget = new Map<string, Waiting>()
  return {
    get size() {
      return byTarget.size
    },
    add(waiting) {
      const name = JSON.stringify([waiting.invalidation, waiting.version !== undefined])
      const older = byTarget.get(name)
      byTarget.delete(name)
      byTarget.set(name, { ...waiting, version: higher(waiting.version, older?.version) })
      if (byTarget.size <= limit) return older === undefined ? [] : [older]
      const all = [...byTarget.values()]
      byTarget.clear()
      byTarget.set('', collapse())
      return all
    },
    first: count => [...byTarget.values()].slice(0, count),
    done(waiting) {
      for (const [name, current] of byTarget) if (current === waiting) byTarget.delete(name)
    },
  }
}

/** Both have one or none has: what names no version removes any, and is kept apart. */
function higher(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? a : Math.max(a, b)
}

export type Told = Pick<Waiting, 'invalidation' | 'version'>

/** What was acknowledged in the last `keepMs`; at most `limit`, past which the oldest are remembered as one clear. */
export interface Acknowledged {
  add(told: Told, at: number): void
  since(at: number): readonly Told[]
}

export function createAcknowledged(keepMs: number, limit: number): Acknowledged {
  let log: (Told & { readonly at: number })[] = []
  return {
    add({ invalidation, version }, at) {
      log.push({ invalidation, version, at })
      if (log.length <= limit) return
      log = log.filter(one => one.at >= at - keepMs)
      if (log.length > limit) log = [{ invalidation: { mode: 'delete', all: true }, at }]
    },
    since: at => log.filter(one => one.at >= at - keepMs),
  }
}
