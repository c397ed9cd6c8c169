import { createRows } from './history-rows.ts'

/** Ages of reads, exact. Most are 0 and cost nothing. */
export interface Ages {
  add(ageMs: number): void
  summary(): AgeSummary
}

export interface AgeSummary {
  readonly count: number
  readonly p50: number
  readonly p999: number
  readonly max: number
}

export function createAges(): Ages {
  const aged = createRows(1, 'float64')
  let count = 0
  return {
    add(ageMs) {
      count += 1
      if (ageMs > 0) aged.push([ageMs])
    },
    summary() {
      const sorted = Float64Array.from({ length: aged.length }, (_, row) => aged.get(row, 0)).sort()
      // Nearest rank, the zeros before all others.
      const at = (share: number) => sorted[Math.ceil(count * share) - 1 - (count - sorted.length)] ?? 0
      return { count, p50: at(0.5), p999: at(0.999), max: sorted.at(-1) ?? 0 }
    },
  }
}
