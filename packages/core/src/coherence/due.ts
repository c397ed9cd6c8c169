import type { Entry } from '../entry.ts'
import type { Parts } from './parts.ts'

/** Whether a hit is old enough that its successor should be loaded before anybody has to wait for it. */
export function dueForRefresh({ clock }: Parts, entry: Entry, options: { refreshAfter?: number }): boolean {
  const { refreshAfter } = options
  if (refreshAfter === undefined) return false
  return clock.turn() - entry.createdAt >= refreshAfter * (entry.staleAt - entry.createdAt)
}
