/** What the proof over real processes has to show. */

import { faults, type TrialReport } from '@greenlang/redis-trials'
import { describeViolation } from '@greenlang/testkit'
import { isFoundOut, type RedisResults } from './prove-redis-runs.ts'

const fewestReads = 1_000_000
const fewestInvalidations = 1_000
const fewestProcesses = 4
const leastMemoryHits = 0.5
const longEnoughMs = 180_000
/** Of the bound: the mean time between two writes of a key. */
const leastRewrite = 5
const mostRatio = { p50: 1.5, p90: 2 }
const mostP99Ms = 100

/** What was not shown. */
export function redisFaultsOf(results: RedisResults): readonly string[] {
  const { faults, mutants = [], rivals = [] } = results
  return [
    ...(faults ? [...trialFaults(faults), ...sizeFaults(faults)] : []),
    ...latencyFaults(results),
    ...mutants.flatMap(({ mutant, runs }) =>
      runs.some(isFoundOut) ? [] : [`the mutant "${mutant.name}" was not found out in ${runs.length} runs`],
    ),
    ...rivals.filter(one => !isFoundOut(one)).map(({ plan }) => `nothing was found against ${plan.subject}`),
  ]
}

/** Holds for a run of any length. */
export function trialFaults(report: TrialReport): readonly string[] {
  const { history, plan, rested, strays, failedReads, struck } = report
  const broken = history.examples.map(describeViolation)
  return [
    ...(history.violations > 0 ? [`${history.violations} violations with seed ${plan.seed}`, ...broken] : []),
    ...(rested ? [] : ['calls or queued invalidations never ended']),
    ...(failedReads > 0 ? [`${failedReads} reads failed`] : []),
    ...strays.map(stray => `nobody caught: ${stray}`),
    ...struck.flatMap(({ fault, error }) =>
      error === undefined ? [] : [`the fault ${fault} failed: ${error}`],
    ),
    ...lateCalls(report),
  ]
}

/** How late a read or a write may be: see the report. */
export function longestOf({ plan, lag }: TrialReport): { readonly readMs: number; readonly writeMs: number } {
  const writeMs = 2 * plan.deadlineMs + lag.max
  const flightMs = 4 * plan.deadlineMs + plan.longMs.to + (plan.subject === 'cache' ? cacheWaitMs : waitMs)
  return { writeMs, readMs: mostFlights * flightMs + lag.max }
}

/** Of the engine of the trials, and of a cache as it comes. */
const waitMs = 1_000
const cacheWaitMs = 3_000
/** Whoever joined three that came too old for him flies alone. */
const mostFlights = 4

function lateCalls(report: TrialReport): readonly string[] {
  const { readMs, writeMs } = report
  const longest = longestOf(report)
  return [
    ...(readMs.max > longest.readMs ? [`a read took ${Math.round(readMs.max)} ms`] : []),
    ...(writeMs.max > longest.writeMs ? [`a write took ${Math.round(writeMs.max)} ms`] : []),
  ]
}

/** Whether the run was large enough to mean something. */
function sizeFaults({ history, plan, struck, boundMs, forMs }: TrialReport): readonly string[] {
  const memory = (history.sources.memory ?? 0) / Math.max(1, history.reads)
  const fired = new Set(struck.map(({ fault }) => fault as string))
  const missing = Object.keys(faults).filter(fault => !fired.has(fault))
  const rewriteMs = history.rewriteIntervalMs ?? 0
  return [
    ...(forMs < longEnoughMs ? [`the run was short: ${forMs / 1_000} s`] : []),
    ...(plan.workers < fewestProcesses ? ['few processes'] : []),
    ...(history.reads < fewestReads ? [`few reads: ${history.reads}`] : []),
    ...(history.acknowledged < fewestInvalidations ? [`few invalidations: ${history.acknowledged}`] : []),
    ...(memory < leastMemoryHits ? [`few hits in memory: ${memory.toFixed(2)}`] : []),
    ...(rewriteMs < leastRewrite * boundMs ? [`keys are rewritten each ${Math.round(rewriteMs)} ms`] : []),
    ...missing.map(fault => `the fault ${fault} never struck`),
  ]
}

function latencyFaults({ latency = [] }: RedisResults): readonly string[] {
  const [ours, naive] = [latency.find(isOf('ours')), latency.find(isOf('naive'))]
  if (ours === undefined || naive === undefined) return []
  const ratios = (['p50', 'p90'] as const).flatMap(of => {
    const ratio = ours.heard[of] / naive.heard[of]
    return ratio <= mostRatio[of]
      ? []
      : [`latency ${of} is ${ratio.toFixed(2)} times that of DEL and PUBLISH`]
  })
  return [
    ...ratios,
    ...(ours.heard.p99 < mostP99Ms ? [] : [`latency p99 is ${Math.round(ours.heard.p99)} ms`]),
    ...(ours.unheard === 0 ? [] : [`${ours.unheard} invalidations were not heard within a second`]),
  ]
}

const isOf = (name: string) => (latency: { readonly subject: string }) => latency.subject === name
