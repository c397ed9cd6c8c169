/** The runs that the proof over real processes is made of. */
import {
  type FaultName,
  faults,
  type Latency,
  type MutantPlan,
  measureLatency,
  mutantPlans,
  runTrial,
  type SubjectName,
  type TrialReport,
  usualPlan,
} from '@greenlang/redis-trials'
import type { RedisProofOptions } from './prove-redis-options.ts'

export interface MutantRuns {
  readonly mutant: MutantPlan['mutant']
  readonly faults: readonly FaultName[]
  readonly runs: readonly TrialReport[]
}

export interface RedisResults {
  readonly faults?: TrialReport
  readonly latency?: readonly Latency[]
  readonly mutants?: readonly MutantRuns[]
  readonly rivals?: readonly TrialReport[]
}

export type Say = (line: string) => void

/** More and the mutant counts as not found out. */
const mostTries = 6
/** Enough for each fault to strike. */
const rivalMs = 70_000
const rivalQuietMs = 1_500
const rivals: readonly SubjectName[] = ['naive', 'bentocache', 'cacheable']
const allFaults = Object.keys(faults) as FaultName[]

export async function runParts(options: RedisProofOptions, say: Say): Promise<RedisResults> {
  const wants = (part: string) => options.parts.some(one => one === part)
  return {
    ...(wants('faults') ? { faults: await faultsRun(options, say) } : {}),
    ...(wants('latency') ? { latency: await latencyRun(options, say) } : {}),
    ...(wants('rivals') ? { rivals: await rivalRuns(options, say) } : {}),
    ...(wants('mutants') ? { mutants: await mutantRuns(options, say) } : {}),
  }
}

function faultsRun({ seconds, seed }: RedisProofOptions, say: Say): Promise<TrialReport> {
  say(`faults: ours, seed ${seed}, ${seconds} s`)
  return runTrial({ plan: { ...usualPlan, seed }, forMs: seconds * 1_000, faults: allFaults, report: say })
}

function latencyRun({ seed }: RedisProofOptions, say: Say): Promise<readonly Latency[]> {
  say('latency: undisturbed, the subjects take turns')
  return measureLatency({ seed })
}

export async function rivalRuns(
  { seed }: { readonly seed: number },
  say: Say,
): Promise<readonly TrialReport[]> {
  const reports: TrialReport[] = []
  for (const subject of rivals) {
    const plan = { ...usualPlan, seed, subject }
    const report = await runTrial({ plan, forMs: rivalMs, faults: allFaults, quietMs: rivalQuietMs })
    say(`rival ${subject}: ${figuresOf(report)}`)
    reports.push(report)
  }
  return reports
}

async function mutantRuns({ seed }: RedisProofOptions, say: Say): Promise<readonly MutantRuns[]> {
  const found: MutantRuns[] = []
  for (const { mutant, plan, faults, quietMs, lasting, forMs } of mutantPlans) {
    const runs: TrialReport[] = []
    while (runs.length < mostTries && !runs.some(isFoundOut)) {
      const trial = { plan: { ...plan, seed: seed + runs.length }, faults, quietMs, lasting, forMs }
      runs.push(await runTrial(trial))
    }
    found.push({ mutant, faults, runs })
    const last = runs.at(-1)
    say(
      `[${found.length}/${mutantPlans.length}] ${mutant.name}: try ${runs.length}, ${last && figuresOf(last)}`,
    )
  }
  return found
}

export function isFoundOut({ history }: TrialReport): boolean {
  return history.violations > 0
}

function figuresOf({ history }: TrialReport): string {
  const { reads, violations, worstAgeMs } = history
  return `${reads} reads, ${violations} violations, worst age ${Math.round(worstAgeMs)} ms`
}
