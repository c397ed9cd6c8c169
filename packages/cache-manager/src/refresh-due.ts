import type { Clock, Entry } from '@greenlang/core'
import type { LoadTimes } from './load-times.ts'

export interface DueOptions {
  readonly clock: Clock
  readonly times: LoadTimes
  readonly random: () => number
}

export interface DuePolicy {
  readonly refreshAfter?: number | undefined
  readonly earlyRefresh?: number | undefined
}

/** Whether a hit should begin the load of its successor. */
export function createDue({ clock, times, random }: DueOptions) {
  return (key: string, entry: Entry, { refreshAfter, earlyRefresh }: DuePolicy): boolean => {
    const { createdAt, staleAt } = entry
    const now = clock.turn()
    if (refreshAfter !== undefined && now - createdAt >= refreshAfter * (staleAt - createdAt)) return true
    // XFetch: an exponentially distributed head start, in units of what a load takes.
    return (
      earlyRefresh !== undefined && now - times.expected(key) * earlyRefresh * Math.log(random()) >= staleAt
    )
  }
}

export type Due = ReturnType<typeof createDue>
