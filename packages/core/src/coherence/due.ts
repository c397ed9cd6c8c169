import type { Entry } from '../entry.ts'
import type { Parts } from './parts.ts'
import type { ReadOptions } from './read.ts'

type Due = Pick<ReadOptions, 'refreshAfter' | 'isDue'>

/** Whether a hit is old enough that its successor should be loaded before anybody has to wait for it. */
export function dueForRefresh({ clock }: Parts, entry: Entry, { refreshAfter, isDue }: Due): boolean {
  if (isDue?.(entry)) return true
  if (refreshAfter === undefined) return false
  return clock.turn() - entry.createdAt >= refreshAfter * (entry.staleAt - entry.createdAt)
}
