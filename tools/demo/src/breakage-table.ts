/** What came of a pause, as a small table and a few sentences. */
import { kinds } from './access-pattern.ts'
import { type Breakage, moments } from './breakage.ts'
import { layOut, type Phase } from './table.ts'
import { hitRatio, mergeTallies, percentileMs, type Tally } from './tally.ts'

const shown = { before: 'before', during: 'paused', after: 'after', later: 'later' }

export function formatBreakage(breakage: Breakage, lengthMs: number): string {
  const { name, reads, updates, pausedMs, recoveredMs, unpropagated } = breakage
  const rows = [
    ...moments.map(moment => [`reads ${shown[moment]}`, ...cells(reads.get(moment))]),
    ...moments.map(moment => [`updates ${shown[moment]}`, ...cells(updates.get(moment))]),
  ].filter(([, requests]) => requests !== '0')
  const { staleReads, errors } = totals(breakage)
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  return [
    layOut(
      [[['', 'requests', 'failed', 'grace', 'p50 ms', 'p99 ms', 'worst ms', 'memory', 'stale']], rows],
      1,
    ),
    '',
    `${name} was paused for ${seconds(pausedMs)}${lengthMs < 5_000 ? ', not 5 s: as long as a phase is' : ''}. A row holds what began in that time; before and after are as long.`,
    `failed requests: ${errors}. stale reads: ${staleReads}. Grace: a stale value stood in for a load that failed or took too long.`,
    `Updates whose process was not sure that the other heard of it at once: ${unpropagated}.`,
    describeCircuits(breakage),
    recoveredMs === undefined
      ? 'Not as before within 20 s of the end of the pause.'
      : `As before ${seconds(recoveredMs)} after the end of the pause: breakers closed, 80 % of the reads a second of before.`,
  ].join('\n')
}

/** Of the whole course. */
export function totals({ reads, updates }: Breakage): Tally {
  return mergeTallies([...reads.values(), ...updates.values()])
}

function cells(tally: Tally | undefined): string[] {
  if (!tally || tally.requests + tally.errors === 0) return ['0', '0', '0', '–', '–', '–', '–', '0']
  const times = [50, 99, 100].map(percentile => percentileMs(tally, percentile).toFixed(1))
  const memory = hitRatio(tally, ['memory'], 'memory') ?? Number.NaN
  const counts = [tally.requests, tally.errors, tally.grace].map(count => count.toLocaleString('en'))
  const share = Number.isNaN(memory) ? '–' : `${(memory * 100).toFixed(1)} %`
  return [...counts, ...times, share, String(tally.staleReads)]
}

function describeCircuits({ circuits }: Breakage): string {
  if (circuits.length === 0) return 'Breaker of Redis: closed all the time.'
  const changes = circuits.map(
    ({ process, state, atMs }) => `${process} ${state} at ${(atMs / 1000).toFixed(1)} s`,
  )
  return `Breaker of Redis, since the pause began: ${changes.join(', ')}.`
}

/** The ratios that the specification asks for, of all reads of the phase without updates. */
export function formatRatios(phases: readonly Phase[], tiers: readonly string[]): string {
  const phase = phases.find(({ name }) => name === 'cached')
  const tally = mergeTallies(kinds.flatMap(kind => phase?.measured.tallies.get(kind) ?? []))
  const memory = hitRatio(tally, tiers, 'memory') ?? 0
  const redis = tiers.includes('redis') ? (hitRatio(tally, tiers, 'redis') ?? 0) : 0
  const hits = (tier: string) => tally.servedFrom.get(tier) ?? 0
  const together = (hits('memory') + hits('redis')) / Math.max(1, tally.requests)
  const line = (what: string, ratio: number, least: number) =>
    `${what} ${(ratio * 100).toFixed(1)} % (more than ${least * 100} %: ${ratio > least ? 'met' : 'not met'})`
  const parts = [
    line('memory', memory, 0.6),
    line('Redis, of what reached it,', redis, 0.7),
    line('both together', together, 0.8),
  ]
  return `Hits in the phase "cached", after a warm-up of ten reads a key in the mean: ${parts.join('; ')}.`
}
