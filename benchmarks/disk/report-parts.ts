/** The parts of the report on opening, lag and admission. */
import { median } from '../report/statistics.ts'
import { figure, grouped, table } from '../report/table.ts'
import { type AdmissionRun, lives } from './admission.ts'
import type { LagRun } from './lag.ts'
import { type Lag, lagMaterial } from './measure-lag.ts'
import type { Opened } from './measure-open.ts'
import type { OpenRun } from './open.ts'
import { names } from './subjects.ts'

export function openReport({ entries, warm, cold, bytesPerEntry, estimatePerEntry }: OpenRun): string {
  const row = (what: string, runs: readonly Opened[]) => {
    const mid = (by: (one: Opened) => number) => grouped(median(runs.map(by)))
    return [what, mid(one => one.firstReadMs), mid(one => one.reconciledMs), `${runs.length}`]
  }
  const rows = [row('page cache warm', warm), ...(cold.length > 0 ? [row('page cache dropped', cold)] : [])]
  const refused = cold.length > 0 ? '' : ' Dropping the page cache was not permitted here.'
  return `## Open

${grouped(entries)} entries, each run in a fresh process, from making the tier; medians.${refused} Wanted: the first read in less than
1 000 ms.

${table(['', 'first read, ms', 'reconciled, ms', 'runs'], rows)}

Heap after the collection of garbage: ${figure(bytesPerEntry, 0)} bytes an entry; \`stats().indexBytes\` says ${figure(estimatePerEntry, 0)}.`
}

const shown = { idle: 'nobody', sha256: names.sha256, crc32: names.crc32, bentocache: names.bento } as const

export function lagReport(lag: LagRun): string {
  const { largeBytes, small, callers } = lagMaterial
  const rows = lag.map(({ subject, runs }) => {
    const mid = (by: (one: Lag) => number, digits: number) => figure(median(runs.map(by)), digits)
    const columns = [mid(one => one.p50Ms, 2), mid(one => one.p99Ms, 2), mid(one => one.maxMs, 1)]
    return [shown[subject], ...columns, mid(one => one.seconds, 1)]
  })
  return `## Lag of the event loop

One value of ${grouped(largeBytes / 1e6)} MB and ${grouped(small)} of 1 kB are written and read, the small ones by ${callers} callers at once who go on as
soon as they are answered. \`monitorEventLoopDelay\` every millisecond, which is in the figures; fresh processes, medians of
${lag[0]?.runs.length ?? 0} runs. \`nobody\` is what the machine does by itself. Wanted: p99 below 10 ms.

${table(['', 'p50, ms', 'p99, ms', 'longest, ms', 'took, s'], rows)}`
}

export function admissionReport(run: AdmissionRun): string {
  const { trace, requests, unique, footprint, maxBytes, rows } = run
  const megabytes = (bytes: number) => figure(bytes / 1e6, 1)
  const { short, long, shortOneIn, requestMs } = lives
  return `## Admission

${trace}: ${grouped(requests)} requests of ${grouped(unique)} keys, ${megabytes(footprint)} MB in blocks; \`maxBytes\` ${megabytes(maxBytes)} MB. A request each
${requestMs} ms; one key in ${shortOneIn} lives ${short}, the others ${long}. What is missed is set.

${table(
  ['', 'hit ratio, %', 'written, MB', 'values written', 'not admitted'],
  rows.map(row => [
    row.name,
    figure(row.hitRatio * 100, 2),
    megabytes(row.writtenBytes),
    grouped(row.written),
    grouped(row.notAdmitted),
  ]),
)}`
}
