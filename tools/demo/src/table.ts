/** The one table of the demo: each kind of query, database only, through the cache, and with updates. */
import type { Measured } from './driver.ts'
import { hitRatio, mergeTallies, percentileMs, type Tally } from './tally.ts'

export interface Phase {
  readonly name: string
  readonly measured: Measured
}

const heads = ['query', 'phase', 'requests', '/s', 'p50 ms', 'p95 ms', 'p99 ms']

/**
 * `tiers` fastest first; one column each, hits as a share of the look-ups that reached the tier. `parts`: tallies that say
 * the same reads once more, each in a group of its own.
 */
export function formatTable(
  phases: readonly Phase[],
  kinds: readonly string[],
  tiers: readonly string[],
  parts: readonly string[] = [],
): string {
  const groups = [...kinds, 'all reads', ...parts, 'update'].map(kind =>
    phases
      .filter(({ measured }) => kind !== 'update' || measured.tallies.has(kind))
      .map(({ name, measured }, index) => {
        const reads = kinds.flatMap(each => measured.tallies.get(each) ?? [])
        const tally = kind === 'all reads' ? mergeTallies(reads) : measured.tallies.get(kind)
        return [index === 0 ? kind : '', name, ...cells(tally, measured.elapsedMs, tiers)]
      }),
  )
  const present = groups.filter(group => group.length > 0)
  return layOut([[[...heads, ...tiers, 'stale', 'errors']], ...present])
}

function cells(tally: Tally | undefined, elapsedMs: number, tiers: readonly string[]): string[] {
  if (!tally) return ['0', ...Array.from({ length: 6 + tiers.length }, () => '–')]
  const perSecond = whole((tally.requests / elapsedMs) * 1000)
  const percentiles = [50, 95, 99].map(percentile => percentileMs(tally, percentile).toFixed(2))
  const ratios = tiers.map(tier => percent(hitRatio(tally, tiers, tier)))
  return [
    whole(tally.requests),
    perSecond,
    ...percentiles,
    ...ratios,
    whole(tally.staleReads),
    whole(tally.errors),
  ]
}

/** The first columns to the left, numbers to the right, a rule between the groups of rows. */
export function layOut(groups: readonly string[][][], leftColumns = 2): string {
  const rows = groups.flat()
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const rule = widths.map(width => '─'.repeat(width)).join('──')
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column < leftColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return groups.map(group => group.map(line).join('\n')).join(`\n${rule}\n`)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function percent(ratio: number | undefined): string {
  return ratio === undefined ? '–' : `${(ratio * 100).toFixed(1)} %`
}
