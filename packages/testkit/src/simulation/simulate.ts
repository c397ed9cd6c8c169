/** One run of a mix from a seed, in virtual time, and what the history says of it. */
import { createHistory } from '../coherence/history.ts'
import type { HistoryReport } from '../coherence/history-types.ts'
import { seededRandom } from '../seeded-random.ts'
import { createDatabase } from './database.ts'
import { createMachine, type Machine } from './machine.ts'
import { boundMs, type Mix } from './mix.ts'
import { naive } from './naive.ts'
import { unleash } from './nemesis.ts'
import { type Guards, longestLoadMs, ours } from './ours.ts'
import { FakeServer } from './server.ts'
import type { CountedFault, Trial } from './trial.ts'
import { createWorkload } from './workload.ts'
import { createWorld } from './world.ts'

export interface SimulationOptions {
  /** What runs, and what goes wrong. No default. */
  readonly mix: Mix
  /** Whole number >= 0, a count of nothing: the same one replays the same run. No default. */
  readonly seed: number
  /** Virtual time under load, in ms. Default `60_000`. */
  readonly durationMs?: number
  /** `naive`: DEL and PUBLISH. Else our engine without these guards. Default: with all of them. */
  readonly variant?: Guards | 'naive'
}

export interface SimulationReport extends HistoryReport {
  readonly mix: string
  readonly seed: number
  readonly faults: Readonly<Record<string, number>>
  readonly failedReads: number
  /** Reads that never ended, in processes that live. */
  readonly hung: number
  /** Of the reads that were flagged `cut`: how many, how many of them were stale, by how much, and past their time to live. */
  readonly cut: {
    readonly reads: number
    readonly stale: number
    readonly worstAgeMs: number
    readonly pastLife: number
  }
}

const defaultDurationMs = 60_000
const restMs = 2 * longestLoadMs
const lastReadsMs = 5_000

export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { mix, seed, durationMs = defaultDurationMs, variant = {} } = options
  const trial = createTrial(options)
  const { world, machines, subjects } = trial
  const workload = createWorkload(trial)
  const boot = (machine: Machine) => {
    machine.actor = { stalledUntil: 0, dead: false }
    machine.lives += 1
    const { actor } = machine
    world.at(
      world.now,
      async () => {
        const subject = variant === 'naive' ? naive(trial, machine) : await ours(trial, machine, variant)
        if (machine.actor === actor) subjects[machine.number] = subject
      },
      actor,
    )
  }
  for (const machine of machines) boot(machine)
  workload.start()
  unleash({ trial, workload, boot })
  await world.run(durationMs + restMs)
  workload.readAll()
  await world.run(durationMs + restMs + lastReadsMs)
  workload.finish()
  for (const machine of machines) machine.actor.dead = true
  const { failedReads, hung } = workload
  const faults = Object.fromEntries(trial.faults)
  return { mix: mix.name, seed, faults, failedReads, hung, cut: cutOf(trial), ...trial.history.check() }
}

function cutOf({ cutHistory }: Trial): SimulationReport['cut'] {
  const { reads, suspended, worstSuspendedAgeMs, violations } = cutHistory.check()
  return { reads, stale: suspended, worstAgeMs: worstSuspendedAgeMs, pastLife: violations }
}

function createTrial({ mix, seed, durationMs = defaultDurationMs, variant = {} }: SimulationOptions): Trial {
  const world = createWorld(seededRandom(seed))
  const { server = {} } = variant === 'naive' ? {} : variant
  const { rotates = true, countsTokens = false, buries = true } = server
  const { maxTags, maxStream } = mix
  const limits = {
    maxTags,
    maxStream,
    rotates,
    countsTokens,
    buries,
    maxValues: Math.ceil(mix.keys * mix.serverShare),
  }
  const servers = Array.from({ length: mix.servers }, () => {
    return new FakeServer(world, (world.random() * 2 - 1) * mix.skewMs, limits)
  })
  const faults = new Map<CountedFault, number>()
  const judged = { boundMs, ttlMs: mix.ttlMs, ttlSlackMs: 1 }
  return {
    world,
    mix,
    servers,
    database: createDatabase(),
    history: createHistory({ ...judged, outside: key => key.startsWith('plain') }),
    cutHistory: createHistory({ ...judged, suspended: [{ from: 0, to: Number.MAX_VALUE }] }),
    machines: Array.from({ length: mix.processes }, (_, number) =>
      createMachine(world, number, mix, servers),
    ),
    subjects: Array(mix.processes).fill(undefined),
    appliedAt: new Map(),
    faults,
    count: fault => void faults.set(fault, (faults.get(fault) ?? 0) + 1),
    orphaned: new Set(),
    endsAt: durationMs,
  }
}
