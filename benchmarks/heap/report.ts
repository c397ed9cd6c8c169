/** The report of a heap run, as markdown. */
import { machine } from '../report/results.ts'
import { type Spread, spreadOf } from '../report/statistics.ts'
import { figure, grouped, table } from '../report/table.ts'
import type { Weighed } from './measure.ts'

export interface HeapRun {
  readonly command: string
  readonly runs: number
  readonly entries: number
  readonly maxBytes: number
  readonly byStore: ReadonlyMap<string, readonly Weighed[]>
  /** By store, by shape. */
  readonly byShape: ReadonlyMap<string, ReadonlyMap<string, readonly Weighed[]>>
}

export function heapReport(run: HeapRun): string {
  const { command, runs, entries, maxBytes } = run
  return `# Heap

Command: \`${command}\`. A fresh process each, ${runs} runs, the median told. heapUsed + external after collection. ${machine()}.

## Bytes an entry

Over key and value, which were there before: ${grouped(entries)} small entries in a cache with room for just so many, after a
hundredth more has pushed others out, so that what a policy remembers of those that left is there. Bytes: the account of
\`maxBytes\` is on. Stamp, checkedAt: what an entry has behind an invalidation bus.

${entryTable(run)}

## A bound in bytes

What the heap grew by, in parts of the bound (${grouped(maxBytes)} bytes), after 200 000 sets; keys and values belong to the cache.
1.00 is exact; above it, the cache takes more than it was given. In brackets the entries it held.

${shapeTable(run)}
`
}

function entryTable({ byStore }: HeapRun): string {
  return table(
    ['', 'bytes an entry', 'least', 'most'],
    [...byStore].map(([store, weighed]) => {
      const { median, least, most } = spreadOf(weighed.map(({ bytes, entries }) => bytes / entries))
      return [store, ...[median, least, most].map(value => figure(value, 1))]
    }),
  )
}

function shapeTable({ byShape, maxBytes }: HeapRun): string {
  const names = [...(byShape.values().next().value?.keys() ?? [])]
  return table(
    ['', ...names],
    [...byShape].map(([store, weighedOf]) => [
      store,
      ...names.map(shape => shapeCell(weighedOf.get(shape) ?? [], maxBytes)),
    ]),
  )
}

function shapeCell(weighed: readonly Weighed[], maxBytes: number): string {
  const growth: Spread = spreadOf(weighed.map(({ bytes }) => bytes / maxBytes))
  return `**${figure(growth.median, 2)}** (${grouped(spreadOf(weighed.map(({ entries }) => entries)).median)})`
}
