/** The report of a speed run, as markdown. */
import { load, machine } from '../report/results.ts'
import { figure, table } from '../report/table.ts'
import type { Rounds } from './judge.ts'
import { costOf, hitShareOf, pairedRatios } from './ratios.ts'
import { knowsWaits } from './stopwatch.ts'
import { idOf, type Life, lives, rival } from './subjects.ts'

export interface SpeedRun {
  readonly command: string
  readonly rounds: number
  readonly ms: number
  readonly seconds: number
  readonly results: readonly Rounds[]
  readonly ours: readonly string[]
  readonly rivals: readonly string[]
}

export function speedReport(run: SpeedRun): string {
  const { command, rounds, ms, seconds } = run
  return `# Speed

Command: \`${command}\`. ${rounds} rounds of ${ms} ms a subject, ${seconds.toFixed(0)} s, load ${load()}. ${machine()}.

One process a subject, one at work at a time. Ratios are of one round, then the median over rounds is taken, with quartiles
in brackets and the best round: a ratio is speed by speed (2 is twice as fast), but for p99, where it is cost by cost (2 is
twice as slow). \`map\`: plain Map; \`map-ring\`: Map with a FIFO ring of keys, the cheapest bounded cache. \`quick-lru\` holds up
to twice its size. ${knowsWaits ? 'Time in which others had the processor is left out.' : 'Time in which others had the processor is in it.'}

## Against the floor

${section(run, againstFloor)}

## Against ${rival}

${section(run, againstRival)}

## Nanoseconds an operation

Median over rounds; in brackets the share of hits, where misses are part of it.

${section(run, costs)}
`
}

type Part = (run: SpeedRun, life: Life) => string

const titles: Readonly<Record<Life, string>> = {
  ttl: 'Entries expire after 5 minutes',
  endless: 'Without expiry',
}

function section(run: SpeedRun, part: Part): string {
  return lives.map(life => `### ${titles[life]}\n\n${part(run, life)}`).join('\n\n')
}

const againstFloor: Part = ({ results, ours }, life) =>
  ratioTable(results, [...ours, rival], (rounds, name) =>
    ratioCell(rounds, idOf({ name, life }), rounds.scenario.floor),
  )

const againstRival: Part = ({ results, ours }, life) =>
  ratioTable(results, ours, (rounds, name) =>
    ratioCell(rounds, idOf({ name, life }), idOf({ name: rival, life })),
  )

/** Without the scenarios in which nobody took part. */
function ratioTable(
  results: readonly Rounds[],
  names: readonly string[],
  cellOf: (rounds: Rounds, name: string) => string,
): string {
  const rows = results.map(rounds => [rounds.scenario.name, ...names.map(name => cellOf(rounds, name))])
  return table(
    ['', ...names],
    rows.filter(([, ...cells]) => cells.some(cell => cell !== '–')),
  )
}

function ratioCell(rounds: Rounds, id: string, other: string): string {
  const spread = pairedRatios(rounds, id, other)
  if (spread === undefined) return '–'
  const { least, lowerQuartile, median, upperQuartile, most } = spread
  const best = rounds.scenario.isTail ? least : most
  const quartiles = `${figure(lowerQuartile, 2)}–${figure(upperQuartile, 2)}`
  return `**${figure(median, 2)}** (${quartiles}) ${figure(best, 2)}`
}

function costs({ results, ours, rivals }: SpeedRun, life: Life): string {
  const names = [...ours, ...rivals]
  const rows = results.flatMap(rounds => {
    const { name, floor } = rounds.scenario
    const cells = names.map(subject => costCell(rounds, idOf({ name: subject, life })))
    if (cells.every(cell => cell === '–')) return []
    return [[name, `${costCell(rounds, floor)} (${floor})`, ...cells]]
  })
  return table(['', 'floor', ...names], rows)
}

function costCell(rounds: Rounds, id: string): string {
  const [cost, hits] = [costOf(rounds, id), hitShareOf(rounds, id)]
  if (cost === undefined) return '–'
  return hits === undefined ? figure(cost, 0) : `${figure(cost, 0)} (${figure(100 * hits, 1)} %)`
}
