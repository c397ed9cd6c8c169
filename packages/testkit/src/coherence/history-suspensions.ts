import { countWhile } from './history-steps.ts'
import type { HistorySpan } from './history-types.ts'

/** When the promise is suspended. */
export interface Suspensions {
  covers(moment: number): boolean
}

/** @param spans In any order; they may overlap. */
export function createSuspensions(spans: readonly HistorySpan[]): Suspensions {
  const joined = join(spans)
  return {
    covers(moment) {
      const begun = countWhile(joined.length, index => (joined[index]?.from ?? moment) <= moment)
      return moment < (joined[begun - 1]?.to ?? Number.NEGATIVE_INFINITY)
    },
  }
}

function join(spans: readonly HistorySpan[]): readonly HistorySpan[] {
  const joined: { from: number; to: number }[] = []
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else joined.push({ from, to })
  }
  return joined
}
