/**
 * One trial: Redis, a database that is never struck, worker processes with a cache each, and a nemesis. What the workers
 * saw and what the database knows becomes one history, which is judged.
 */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@greenlang/testkit'
import { type DatabaseServer, startDatabase } from './database-server.ts'
import type { FaultName } from './faults.ts'
import { judgeTrial, type TrialVerdict } from './judge-trial.ts'
import { planStrikes, type Struck, unleash } from './nemesis.ts'
import { now } from './now.ts'
import type { Plan, Range } from './plan.ts'
import { startSingle } from './single.ts'
import type { StartTopology, Topology } from './topology.ts'
import { createWorker, type Worker } from './worker-process.ts'

export interface TrialOptions {
  /** Who reads and writes what. No default. */
  readonly plan: Plan
  /** How long it is read and written, in ms. No default. */
  readonly forMs: number
  /** What strikes; a name that stands twice, twice as often. Default: nothing. */
  readonly faults?: readonly FaultName[]
  /** How long each lasts, in ms. Default: what is usual for it. */
  readonly lasting?: Range | undefined
  /** Mean quiet after each strike, in ms. Default `3000`. */
  readonly quietMs?: number
  /** The Redis of this trial, which it closes. Default: one server. */
  readonly startTopology?: StartTopology
  /** Told each line a person may want to see. Default: nobody is. */
  readonly report?: (line: string) => void
}

export interface TrialReport extends TrialVerdict {
  readonly plan: Plan
  readonly topology: string
  readonly forMs: number
  readonly struck: readonly Struck[]
}

const warmUpMs = 3_000
/** How long after the last strike it is still read and written. */
const coolDownMs = 2_500
/** Within which a client that lost its connection has another. */
const reconnectMs = 1_000
const restLimitMs = 20_000
const restPollMs = 50
const usualQuietMs = 3_000

export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const { plan, startTopology = startSingle } = options
  const directory = await mkdtemp(join(tmpdir(), 'greenlang-trial-'))
  const topology = await startTopology(plan.workers, seededRandom(plan.seed))
  const database = await startDatabase()
  const prefix = `trial-${randomBytes(4).toString('hex')}:`
  const workers = topology.lines.map(({ place }, number) =>
    createWorker({
      settings: { plan, number, redis: place, databasePort: database.port, prefix },
      directory,
    }),
  )
  try {
    await Promise.all(workers.map(worker => worker.begin()))
    return await run({ options, topology, database, workers, prefix })
  } finally {
    await Promise.all(workers.map(worker => worker.close()))
    await database.close()
    await topology.close()
    await rm(directory, { recursive: true, force: true })
  }
}

interface Running {
  readonly options: TrialOptions
  readonly topology: Topology
  readonly database: DatabaseServer
  readonly workers: readonly Worker[]
  readonly prefix: string
}

async function run({ options, topology, database, workers, prefix }: Running): Promise<TrialReport> {
  const { plan, forMs, report = () => undefined, quietMs = usualQuietMs } = options
  const random = seededRandom(plan.seed)
  const strikes = planStrikes({
    faults: options.faults ?? [],
    workers: plan.workers,
    random,
    lasting: options.lasting,
    from: warmUpMs,
    to: forMs - coolDownMs,
    quietMs,
  })
  const struck: Struck[] = []
  const begunAt = now()
  const span = { begunAt, endsAt: begunAt + forMs }
  const resumesMs = reconnectMs + plan.leaseMs + 3 * plan.deadlineMs
  const scene = { topology, workers, random, prefix, span, resumesMs }
  await Promise.all(workers.map(({ job }) => job.call('go', span)))
  await unleash(scene, strikes, one => {
    struck.push(one)
    report(lineOf(one, strikes.length, struck.length))
  })
  await sleep(Math.max(0, span.endsAt - now()))
  const rested = await untilAtRest(workers)
  await sleep(plan.leaseMs + plan.deadlineMs)
  await Promise.all(workers.map(({ job }) => job.call('readAll')))
  const last = await Promise.all(workers.map(({ job }) => job.call('finish')))
  const verdict = judgeTrial({
    plan,
    database,
    workers,
    last,
    rested,
    suspended: struck.flatMap(({ suspended }) => suspended ?? []),
  })
  return { ...verdict, plan, topology: topology.name, forMs, struck }
}

/** Whether all reads and writes ended and nothing waits to be sent, within a limit. */
async function untilAtRest(workers: readonly Worker[]): Promise<boolean> {
  const until = now() + restLimitMs
  while (now() < until) {
    const states = await Promise.all(workers.map(({ job }) => job.call('status')))
    if (states.every(({ queued, open }) => queued === 0 && open === 0)) return true
    await sleep(restPollMs)
  }
  return false
}

function lineOf({ fault, number, forMs, began, error }: Struck, planned: number, done: number): string {
  const at = (began / 1_000).toFixed(1)
  return `[${done}/${planned}] ${at} s: ${fault}, worker ${number}, ${forMs} ms${error ? `: ${error}` : ''}`
}
