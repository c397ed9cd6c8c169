/** The report of the whole cache, as markdown. */
import { load, machine } from '../report/results.ts'
import { spreadOf } from '../report/statistics.ts'
import { figure, grouped, table } from '../report/table.ts'
import type { HitRounds } from './measure-hits.ts'
import type { PatternFigures, TagFigures } from './measure-invalidation.ts'
import type { Costs, OutageFigures } from './measure-outage.ts'
import type { WarmFigures } from './measure-warming.ts'

export interface CacheRun {
  readonly command: string
  readonly server: string
  readonly rounds: number
  readonly hits: HitRounds
  readonly tags: TagFigures
  readonly pattern: PatternFigures
  readonly warming: WarmFigures
  readonly outages: readonly OutageFigures[]
}

export function cacheReport(run: CacheRun): string {
  const { command, server, rounds, hits, tags, pattern, warming, outages } = run
  return `# The whole cache

Command: \`${command}\`. Redis ${server} on the same machine. Load at the end ${load()}. ${machine()}.

## A hit in memory

\`getOrSet\` of 10 000 keys, awaited one by one, analytics on; one process a subject, one at work at a time, ${rounds} rounds.
Floor: \`async key => map.get(key)\`. Ratios are of one round, speed by speed: median, quartiles, best.

${hitTable(hits)}

## A tag on ${grouped(tags.entries)} entries in memory

${table(
  ['', ''],
  [
    ['`invalidate({ tags })`, p50, ms', figure(tags.p50Ms, 3)],
    ['the same, p99, ms', figure(tags.p99Ms, 3)],
    ['PING, p50, ms', figure(tags.roundTripMs, 3)],
    ['of reads after it, misses', `${grouped(tags.missesAfter)} of ${grouped(tags.readsAfter)}`],
  ],
)}

## A pattern on ${grouped(pattern.keys)} keys in Redis

${table(
  ['', ''],
  [
    ['`invalidate({ pattern })`, ms', figure(pattern.invalidateMs, 2)],
    ['of reads at once after it, hits', `${grouped(pattern.hitsAfter)} of ${grouped(pattern.readsAfter)}`],
    ['until all were removed, s (33 s of it wait for the longest load)', figure(pattern.sweptMs / 1_000, 1)],
    ['commands that Redis took more than 5 ms for', grouped(pattern.slowCommands)],
    ['keys left, with the record of the bus', grouped(pattern.keysLeft)],
    ['of 1 000 keys that it does not name, left', grouped(pattern.othersLeft)],
  ],
)}

## Warming

${table(
  ['', 'keys', 'warmed', 'ms'],
  [
    ['from Redis', ...reportCells(warming.redis)],
    ['from a disk, after a restart', ...reportCells(warming.disk)],
    [
      'as the cache opened, what the disk remembers as hottest',
      '',
      grouped(warming.onStart.warmed),
      figure(warming.onStart.durationMs, 0),
    ],
  ],
)}

${outagePart(outages)}
`
}

function outagePart(outages: readonly OutageFigures[]): string {
  return `## Redis gone for 15 s

16 callers ask for keys that nobody has, one after the other, each with a load of 5 ms; deadline 250 ms. In ms, what a call takes beyond
its load: p50, p99 and longest. Wanted: p99 of one deadline at most, and below 1 ms once the circuit is open.

${table(
  ['Redis', 'before', 'until it opens', 'open', 'opens after, s', 'calls', 'failed'],
  outages.map(({ name, before, untilOpen, open, openedAfterMs, failed }) => [
    name,
    costCells(before),
    costCells(untilOpen),
    costCells(open),
    figure(openedAfterMs === undefined ? undefined : openedAfterMs / 1_000, 1),
    grouped(untilOpen.calls + open.calls),
    grouped(failed),
  ]),
)}`
}

function costCells({ p50Ms, p99Ms, mostMs }: Costs): string {
  return `${figure(p50Ms, 2)} / ${figure(p99Ms, 2)} / ${figure(mostMs, 1)}`
}

function reportCells({ asked, warmed, durationMs }: WarmFigures['redis']): readonly string[] {
  return [grouped(asked), grouped(warmed), figure(durationMs, 0)]
}

function hitTable(hits: HitRounds): string {
  const floor = hits.floor ?? []
  const rival = hits.bentocache ?? []
  const ratio = (rates: readonly number[], to: readonly number[]) => {
    const { median, lowerQuartile, upperQuartile, most } = spreadOf(
      rates.map((rate, at) => rate / (to[at] ?? Number.NaN)),
    )
    return `**${figure(median, 2)}** (${figure(lowerQuartile, 2)}–${figure(upperQuartile, 2)}) ${figure(most, 2)}`
  }
  return table(
    ['', 'calls a second', 'to the floor', 'to bentocache'],
    Object.entries(hits).map(([name, rates]) => [
      name,
      grouped(spreadOf(rates).median * 1_000),
      ratio(rates, floor),
      ratio(rates, rival),
    ]),
  )
}
