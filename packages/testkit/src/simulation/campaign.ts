/** Many runs, and what they come to: per mix for the protocol as it is, per mutant for each guard that it rests on. */
import type { HistoryRule } from '../coherence/history-types.ts'
import type { Mix } from './mix.ts'
import type { Guards } from './ours.ts'
import { type SimulationReport, simulate } from './simulate.ts'

/** The sum of runs; times in ms of virtual time. */
export interface Tally {
  readonly name: string
  runs: number
  reads: number
  excused: number
  memory: number
  hits: number
  loads: number
  /** Reads that failed, and reads that never ended. */
  failedReads: number
  hung: number
  acknowledged: number
  violations: number
  readonly byRule: Partial<Record<HistoryRule, number>>
  suspended: number
  suspendedReads: number
  worstAgeMs: number
  worstSuspendedAgeMs: number
  ageP999Ms: number
  /** Reads flagged `cut`, those of them that were stale, the worst age, and how many outlived their time to live. */
  readonly cut: { reads: number; stale: number; worstAgeMs: number; pastLife: number }
  readonly faults: Record<string, number>
  /** Mix and seed of the first run with a violation. */
  firstFailure: { readonly mix: string; readonly seed: number } | undefined
}

export interface CampaignOptions {
  /** Of the tally. No default. */
  readonly name: string
  /** What is run, in this order. No default. */
  readonly mixes: readonly Mix[]
  /** Whole numbers >= 0, a count of nothing. No default. */
  readonly seeds: readonly number[]
  /** Virtual time under load of each run, in ms. > 0. Default: as `simulate`. */
  readonly durationMs?: number
  /** What runs. Default: the protocol as it is. */
  readonly variant?: Guards | 'naive'
  /** Ends once this holds; asked after every seed. Default: never. */
  readonly enough?: (tally: Tally) => boolean
  /** Told after every run. Default: nobody. */
  readonly onRun?: (report: SimulationReport) => void
}

/** Runs every mix with one seed, then with the next. */
export async function campaign(options: CampaignOptions): Promise<Tally> {
  const { name, mixes, seeds, variant = {}, enough = () => false, onRun, durationMs } = options
  const tally = emptyTally(name)
  for (const seed of seeds) {
    for (const mix of mixes) {
      const report = await simulate({
        mix,
        seed,
        variant,
        ...(durationMs === undefined ? {} : { durationMs }),
      })
      count(tally, report)
      onRun?.(report)
    }
    if (enough(tally)) break
  }
  return tally
}

export function emptyTally(name: string): Tally {
  const counts = {
    runs: 0,
    reads: 0,
    excused: 0,
    memory: 0,
    hits: 0,
    loads: 0,
    failedReads: 0,
    hung: 0,
    acknowledged: 0,
  }
  const broken = { violations: 0, byRule: {}, suspended: 0, suspendedReads: 0 }
  const ages = { worstAgeMs: 0, worstSuspendedAgeMs: 0, ageP999Ms: 0 }
  const cut = { reads: 0, stale: 0, worstAgeMs: 0, pastLife: 0 }
  return { name, ...counts, ...broken, ...ages, cut, faults: {}, firstFailure: undefined }
}

/** Adds a run. The 99.9th percentile of several is that of the worst. */
export function count(tally: Tally, report: SimulationReport): void {
  const { sources } = report
  tally.runs += 1
  tally.reads += report.reads
  tally.excused += report.excused
  tally.memory += sources.memory ?? 0
  tally.hits += (sources.memory ?? 0) + (sources.disk ?? 0)
  tally.loads += report.loads
  tally.failedReads += report.failedReads
  tally.hung += report.hung
  tally.acknowledged += report.acknowledged
  tally.violations += report.violations
  tally.suspended += report.suspended
  tally.suspendedReads += report.suspendedReads
  tally.worstAgeMs = Math.max(tally.worstAgeMs, report.worstAgeMs)
  tally.worstSuspendedAgeMs = Math.max(tally.worstSuspendedAgeMs, report.worstSuspendedAgeMs)
  tally.ageP999Ms = Math.max(tally.ageP999Ms, report.ageP999Ms)
  tally.cut.reads += report.cut.reads
  tally.cut.stale += report.cut.stale
  tally.cut.pastLife += report.cut.pastLife
  tally.cut.worstAgeMs = Math.max(tally.cut.worstAgeMs, report.cut.worstAgeMs)
  for (const [rule, found] of Object.entries(report.byRule))
    if (found > 0) tally.byRule[rule as HistoryRule] = (tally.byRule[rule as HistoryRule] ?? 0) + found
  for (const [fault, fired] of Object.entries(report.faults))
    tally.faults[fault] = (tally.faults[fault] ?? 0) + fired
  if (report.violations > 0) tally.firstFailure ??= { mix: report.mix, seed: report.seed }
}
