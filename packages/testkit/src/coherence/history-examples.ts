import type { HistoryViolation } from './history-types.ts'

/** The earliest violations by the begin of the read; the same ones in whatever order they come. */
export interface Examples {
  /** Whether a violation of a read begun then could be among them. */
  wants(startedAt: number): boolean
  add(violation: HistoryViolation): void
  list(): readonly HistoryViolation[]
}

const mostExamples = 10

export function createExamples(): Examples {
  const kept: HistoryViolation[] = []
  return {
    wants: startedAt =>
      kept.length < mostExamples || startedAt <= (kept.at(-1)?.read.startedAt ?? Number.POSITIVE_INFINITY),
    add(violation) {
      kept.push(violation)
      kept.sort(compareViolations)
      kept.length = Math.min(kept.length, mostExamples)
    },
    list: () => [...kept],
  }
}

function compareViolations(a: HistoryViolation, b: HistoryViolation): number {
  return (
    a.read.startedAt - b.read.startedAt ||
    a.read.endedAt - b.read.endedAt ||
    compareText(a.read.key, b.read.key) ||
    a.read.process - b.read.process ||
    compareText(a.rule, b.rule) ||
    (a.read.version ?? -1) - (b.read.version ?? -1) ||
    compareText(a.read.source, b.read.source) ||
    (a.read.madeAt ?? 0) - (b.read.madeAt ?? 0) ||
    Number(a.read.excused ?? false) - Number(b.read.excused ?? false) ||
    Number(a.read.final ?? false) - Number(b.read.final ?? false)
  )
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
