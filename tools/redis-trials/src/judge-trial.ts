/** From what the workers saw and what the database knows to a verdict. */
import { createHistory, type History, type HistoryReport, type HistorySpan } from '@greenlang/testkit'
import { type CatalogueKey, catalogueOf } from './catalogue.ts'
import type { DatabaseServer } from './database-server.ts'
import { type Percentiles, percentiles } from './percentiles.ts'
import type { Plan } from './plan.ts'
import { tickMs } from './reader.ts'
import { readRecord, type SeenWrite } from './record.ts'
import { createStaleness, type Staleness } from './staleness.ts'
import type { WorkerStatus } from './worker-job.ts'
import type { Worker } from './worker-process.ts'

export interface TrialVerdict {
  readonly history: HistoryReport
  /** Lease, deadline and what the event loops were late by, in ms. */
  readonly boundMs: number
  readonly lag: Percentiles
  /** Reads that threw. */
  readonly failedReads: number
  /** Whether everything that was called came back, and nothing waits to be sent. */
  readonly rested: boolean
  /** From call to answer, in ms. */
  readonly readMs: Percentiles
  readonly writeMs: Percentiles
  /** Ages of reads that memory answered, and of all, in ms. */
  readonly memoryAges: Percentiles
  readonly ages: Percentiles
  /** Keys whose last write died unacknowledged with its process: nobody is promised it at rest. */
  readonly orphaned: number
  /** What nobody caught in the workers. */
  readonly strays: readonly string[]
}

export interface Evidence {
  readonly plan: Plan
  readonly database: Pick<DatabaseServer, 'commits'>
  readonly workers: readonly Pick<Worker, 'records' | 'killed'>[]
  readonly last: readonly WorkerStatus[]
  readonly rested: boolean
  /** When the promise was. */
  readonly suspended: readonly HistorySpan[]
}

/** Where a processor is shared, more of a lag would excuse what it should not. */
const mostLagMs = 250

export function judgeTrial(evidence: Evidence): TrialVerdict {
  const { plan, last, rested, suspended } = evidence
  const { writes, lags, failed, ticks } = survey(evidence)
  const lag = percentiles(lags, ticks)
  const boundMs = plan.leaseMs + plan.deadlineMs + Math.min(Math.ceil(lag.p999), mostLagMs)
  const outside = (key: string) => key.startsWith('plain')
  const history = createHistory({ boundMs, ttlMs: plan.ttlMs, ttlSlackMs: boundMs, outside, suspended })
  const staleness = createStaleness()
  const orphaned = tellWrites(evidence, writes, { history, staleness })
  const figures = tellReads(evidence, { history, staleness, orphaned, keys: catalogueOf(plan) })
  history.loads(last.reduce((sum, { loads }) => sum + loads, 0))
  const writeMs = [...writes.values()].map(({ calledAt, returnedAt }) => returnedAt - calledAt)
  return {
    history: history.check(),
    boundMs,
    lag,
    failedReads: failed,
    rested,
    ...figures,
    writeMs: percentiles(writeMs),
    orphaned: orphaned.size,
    strays: last.flatMap(({ strays }) => strays),
  }
}

interface Survey {
  /** By the number of the commit. */
  readonly writes: ReadonlyMap<number, SeenWrite>
  readonly lags: readonly number[]
  readonly failed: number
  /** How often the event loops were looked at. */
  readonly ticks: number
}

function survey({ workers }: Evidence): Survey {
  const writes = new Map<number, SeenWrite>()
  const lags: number[] = []
  let failed = 0
  let ticks = 0
  for (const { path } of workers.flatMap(({ records }) => records)) {
    let [first, latest] = [Number.POSITIVE_INFINITY, 0]
    for (const seen of readRecord(path)) {
      if (seen.kind === 'write') writes.set(seen.write.commit, seen.write)
      if (seen.kind === 'lag') lags.push(seen.lagMs)
      if (seen.kind === 'failed') failed += 1
      if (seen.kind !== 'read') continue
      first = Math.min(first, seen.read.startedAt)
      latest = Math.max(latest, seen.read.startedAt)
    }
    ticks += Math.max(0, latest - first) / tickMs
  }
  return { writes, lags, failed, ticks }
}

interface Telling {
  readonly history: History
  readonly staleness: Staleness
}

/** The keys whose last write died unacknowledged with its process. */
function tellWrites(
  { database, workers }: Evidence,
  writes: ReadonlyMap<number, SeenWrite>,
  { history, staleness }: Telling,
): ReadonlySet<string> {
  const killed = new Set(workers.flatMap(({ killed }) => killed))
  const orphaned = new Set<string>()
  database.commits.forEach((commit, number) => {
    const { acknowledgedAt, returnedAt } = writes.get(number) ?? {}
    const acknowledged = acknowledgedAt === undefined ? {} : { acknowledgedAt }
    history.write({ ...commit, ...acknowledged, ...(returnedAt === undefined ? {} : { returnedAt }) })
    if (acknowledgedAt !== undefined) {
      staleness.acknowledged(commit.key, commit.version, acknowledgedAt)
      orphaned.delete(commit.key)
    } else if (killed.has(commit.process)) orphaned.add(commit.key)
  })
  return orphaned
}

interface Reading extends Telling {
  readonly orphaned: ReadonlySet<string>
  readonly keys: readonly CatalogueKey[]
}

function tellReads({ workers }: Evidence, { history, staleness, orphaned, keys }: Reading) {
  const took: number[] = []
  const ages = { all: [] as number[], memory: [] as number[] }
  const counts = { all: 0, memory: 0 }
  for (const { process, path } of workers.flatMap(({ records }) => records))
    for (const seen of readRecord(path)) {
      if (seen.kind !== 'read') continue
      const { read } = seen
      const key = keys[read.key]?.key ?? ''
      const { madeAt, ...rest } = read
      const told = { ...rest, key, process, final: read.final && !orphaned.has(key) }
      history.read(madeAt === undefined ? told : { ...told, madeAt })
      took.push(read.endedAt - read.startedAt)
      if (read.excused || read.version === undefined) continue
      const ageMs = staleness.ageOf(key, read.version, read.startedAt)
      for (const kind of read.source === 'memory' ? (['all', 'memory'] as const) : (['all'] as const)) {
        counts[kind] += 1
        if (ageMs > 0) ages[kind].push(ageMs)
      }
    }
  return {
    readMs: percentiles(took),
    ages: percentiles(ages.all, counts.all),
    memoryAges: percentiles(ages.memory, counts.memory),
  }
}
