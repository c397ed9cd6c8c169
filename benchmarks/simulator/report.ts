/** The report of a run over traces, as markdown. */
import { machine } from '../report/results.ts'
import { mean } from '../report/statistics.ts'
import { figure, grouped, signed, table } from '../report/table.ts'
import type { Groups } from './manifest.ts'
import { optimum, type Point } from './simulate.ts'
import { bestHits, type Summary, summarize } from './summary.ts'

export interface TraceFacts {
  readonly name: string
  readonly requests: number
  readonly unique: number
}

export interface HitRatioRun {
  /** As it can be typed again. */
  readonly command: string
  readonly traces: readonly TraceFacts[]
  readonly points: readonly Point[]
  /** The online ones, in the order of columns. */
  readonly subjects: readonly string[]
  readonly baseline: string
  readonly groups: Groups
  readonly seconds: number
}

export function hitRatioReport(run: HitRatioRun): string {
  const { command, traces, seconds } = run
  return `# Hit ratio

Command: \`${command}\`. ${traces.length} traces, ${seconds.toFixed(0)} s. ${machine()}.

Hits in percent of requests, each trace from an empty cache, so that no policy can hit at the first request of a key.
\`optimum\` is Belady's, offline and without bypass. Bold: the best online one of the point. Figures repeat exactly, but for
policies that draw lots.

## Summary

${summaries(run)}

Regret: percentage points below the best online one of each point, which depends on who takes part. Misses cut, worst point:
against \`${run.baseline}\`, which is recency alone.

## By trace

${traces.map(trace => `### ${trace.name}\n\n${traceTables(run, trace)}`).join('\n\n')}
`
}

/** The tables that a person wants at the end of a run. */
export function summaries({ points, subjects, baseline, groups }: HitRatioRun): string {
  const parts: readonly (readonly [string, (point: Point) => boolean])[] = [
    ['All traces', () => true],
    ['Real', ({ trace }) => !groups.isSynthetic(trace)],
    ['Application-like, real', ({ trace }) => groups.isApplication(trace) && !groups.isSynthetic(trace)],
    ['Synthetic', ({ trace }) => groups.isSynthetic(trace)],
  ]
  return parts
    .flatMap(([title, isIn]) => {
      const part = points.filter(isIn)
      if (part.length === 0) return []
      const count = new Set(part.map(({ trace }) => trace)).size
      return `**${title}** (${count} traces, ${part.length} points)\n\n${summaryTable(part, subjects, baseline)}`
    })
    .join('\n\n')
}

function summaryTable(points: readonly Point[], subjects: readonly string[], baseline: string): string {
  const optimal = mean(points.map(({ hits }) => hits[optimum] as number))
  const best = mean(points.map(point => bestHits(point, subjects)))
  return table(
    ['', 'mean hits %', '% of optimum', 'mean regret', 'misses cut %', 'worst point'],
    [
      ...summarize(points, subjects, baseline).map(summaryRow),
      ['*best of them at each point*', figure(best, 2), '', figure(0, 2), '', ''],
      [`*${optimum}*`, figure(optimal, 2), figure(100, 1), '', '', ''],
    ],
  )
}

function summaryRow({ subject, meanHits, ofOptimum, meanRegret, missesCut, worst }: Summary): string[] {
  const where = worst && `${worst.point.trace} ${worst.point.percent} %`
  return [
    subject,
    figure(meanHits, 2),
    figure(ofOptimum, 1),
    figure(meanRegret, 2),
    signed(missesCut, 1),
    worst === undefined ? '–' : `${signed(worst.difference, 2)} (${where})`,
  ]
}

function traceTables({ points, subjects }: HitRatioRun, { name, requests, unique }: TraceFacts): string {
  const own = points.filter(({ trace }) => trace === name)
  const facts = `${grouped(requests)} requests, ${grouped(unique)} keys.`
  const byBytes = own.flatMap(({ byteHits, ...point }) => (byteHits ? [{ ...point, hits: byteHits }] : []))
  const parts = [facts, hitTable(own, subjects)]
  if (byBytes.length > 0)
    parts.push('In percent of bytes, by the sizes of the trace:', hitTable(byBytes, subjects))
  return parts.join('\n\n')
}

function hitTable(points: readonly Point[], subjects: readonly string[]): string {
  return table(
    ['entries', optimum, ...subjects],
    points.map(point => {
      const best = figure(bestHits(point, subjects), 2)
      const cells = subjects.map(subject => figure(point.hits[subject], 2))
      return [
        `${grouped(point.capacity)} (${point.percent} %)`,
        figure(point.hits[optimum], 2),
        ...cells.map(cell => (cell === best ? `**${cell}**` : cell)),
      ]
    }),
  )
}
