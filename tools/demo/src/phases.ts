/** The measured phases: the same skewed reads database only, then through the cache, then with updates between. */

import { seededRandom } from '@greenlang/testkit'
import { createAccessPattern, kinds } from './access-pattern.ts'
import { type DriveOptions, drive, type Measured } from './driver.ts'
import type { House } from './house.ts'
import type { DemoOptions } from './options.ts'
import { createRoute, type Process } from './processes.ts'
import type { Status } from './status.ts'
import type { Phase } from './table.ts'
import { mergeTallies, percentileMs, type Tally } from './tally.ts'
import { createVersionLedger, type VersionLedger } from './version-ledger.ts'

/** Enough to keep two cores busy without the queue in front of them being what is measured. */
const allClients = 8
/** Few and slow, so that the compiler has a core to itself. */
const gentle = { clients: 1, pauseMs: 20 }
const updateShare = 0.05
const warmUpSeed = 1_000
const routeSeed = 2_000

export interface Measuring {
  /** The first does most of the writing, the others most of the reading. */
  processes: readonly Process[]
  house: House
  options: DemoOptions
  status: Status
  signal: AbortSignal
}

/** One phase by name, with a line of live numbers while it runs. */
interface PhasePlan {
  readonly name: string
  readonly pastCache: boolean
  readonly updates: number
  /** Length of the warm-up before it, as a share of the phase: code gets hot, caches fill, and nothing is counted. */
  readonly warmUpShare: number
  /** Whether its hit ratios are held against wanted ones: those of a service that has run for a while. */
  readonly fills?: boolean
}

/** Reads after which a cache has seen all keys but the rarest, for each of them; however fast the machine is. */
const fillingReadsEach = 10
/** In lengths of a phase. The small scale is for a quick look. */
const longestFill = { small: 2, demo: 12 }

const plans: readonly PhasePlan[] = [
  { name: 'database only', pastCache: true, updates: 0, warmUpShare: 1 / 3 },
  { name: 'cached', pastCache: false, updates: 0, warmUpShare: 1, fills: true },
  { name: 'cached + updates', pastCache: false, updates: updateShare, warmUpShare: 1 / 3 },
]

export async function measurePhases(measuring: Measuring): Promise<readonly Phase[]> {
  const ledger = createVersionLedger()
  const phases: Phase[] = []
  for (const plan of plans) {
    const { seed, seconds, scale, breaks } = measuring.options
    const fills = plan.fills && breaks !== undefined
    const reads = fills ? fillingReadsEach * countKeys(measuring.house) : Number.POSITIVE_INFINITY
    const forMs = seconds * 1000 * (fills ? longestFill[scale] : plan.warmUpShare)
    const warmUp = { seed: seed + warmUpSeed, forMs, reads }
    await runPhase(measuring, { ...plan, ...warmUp, name: `${plan.name}, warming up` }, ledger)
    const measured = await runPhase(measuring, { ...plan, seed, forMs: seconds * 1000 }, ledger)
    phases.push({ name: plan.name, measured })
    measuring.status.say(`${plan.name}: ${describe(measured)}`)
  }
  return phases
}

function countKeys({ keys }: House): number {
  return Object.values(keys).reduce((sum, each: readonly string[]) => sum + each.length, 0)
}

/** Live numbers while something else is not ready yet; nothing of it is counted. */
export async function warmUp(measuring: Measuring): Promise<void> {
  const ledger = createVersionLedger()
  const name = 'warm-up, not counted (sqlite3 is being compiled)'
  const { seed, seconds } = measuring.options
  await runPhase(
    measuring,
    { name, pastCache: true, updates: 0, seed, forMs: seconds * 1000, ...gentle },
    ledger,
  )
}

/** A trickle that keeps the page moving: most of it cached, some past the cache, until the signal. */
export async function trickle({ processes, house, options, signal }: Measuring): Promise<void> {
  const ledger = createVersionLedger()
  const forMs = Number.POSITIVE_INFINITY
  const route = createRoute(processes.length, seededRandom(options.seed))
  const shared = { processes, route, ledger, forMs, signal }
  const next = (seed: number, updates: number) =>
    createAccessPattern(house.keys, { random: seededRandom(options.seed + seed), updates })
  await Promise.all([
    drive({ ...shared, next: next(10, 0.02), pastCache: false, clients: 2, pauseMs: 50 }),
    drive({ ...shared, next: next(11, 0), pastCache: true, clients: 1, pauseMs: 200 }),
  ])
}

interface Run {
  readonly name: string
  readonly pastCache: boolean
  readonly updates: number
  /** The same for each phase: the same requests in the same order, as far as the time allows. */
  readonly seed: number
  readonly forMs: number
  /** Ends it sooner. Default: however many it has time for. */
  readonly reads?: number
  /** Default `allClients`. */
  readonly clients?: number
  /** Default `0`. */
  readonly pauseMs?: number
}

function runPhase(measuring: Measuring, run: Run, ledger: VersionLedger): Promise<Measured> {
  const { processes, house, status, signal } = measuring
  const { name, pastCache, forMs, clients = allClients, pauseMs = 0, reads = Number.POSITIVE_INFINITY } = run
  const next = createAccessPattern(house.keys, { random: seededRandom(run.seed), updates: run.updates })
  // By chance of its own: the requests are the same with one process.
  const route = createRoute(processes.length, seededRandom(run.seed + routeSeed))
  const enough = new AbortController()
  const onProgress: DriveOptions['onProgress'] = (tallies, elapsedMs) => {
    status.show(`${name}: ${describe({ tallies, elapsedMs })}`)
    if (allReads(tallies).requests >= reads) enough.abort()
  }
  const until = enough.signal
  return drive({
    processes,
    route,
    next,
    ledger,
    pastCache,
    clients,
    pauseMs,
    forMs,
    signal,
    until,
    onProgress,
  })
}

function allReads(tallies: Measured['tallies']): Tally {
  return mergeTallies(kinds.flatMap(kind => tallies.get(kind) ?? []))
}

function describe({ tallies, elapsedMs }: Pick<Measured, 'tallies' | 'elapsedMs'>): string {
  const reads = allReads(tallies)
  const perSecond = Math.round((reads.requests / elapsedMs) * 1000).toLocaleString('en')
  return `${perSecond} reads/s, p50 ${percentileMs(reads, 50).toFixed(2)} ms, p99 ${percentileMs(reads, 99).toFixed(2)} ms`
}
