import { baseMigration, dropWorkflowSchema } from '@greenlang/migrations/workflow'
import type pg from 'pg'
import { copyTable } from './copy-table.ts'
import { toLoadError } from './error.ts'
import { type KeyStatement, planKeys } from './keys.ts'
import { checkLoadOptions, type LoadOptions, type LoadSettings } from './load-options.ts'
import { type ProgressTracker, trackProgress } from './progress.ts'
import { defaultSample, type SampleKeys, sampleOf } from './sample.ts'
import { type Job, openSession, type Session } from './session.ts'
import { tableSources } from './tables/index.ts'
import { createWorld, type World } from './world.ts'

export interface LoadResult {
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>
  readonly totalRows: number
  readonly elapsedMs: number
  /** Up to 1000 keys of a kind, for a load driver. */
  readonly sample: SampleKeys
}

/** Connections at work. Rows are made by one thread: more than three would wait for it. */
const lanes = 3

/**
 * Makes the workflow database in the first schema of `search_path` and fills it: tables, rows by COPY, keys and
 * indexes, statistics. Same scale, seed and now: same rows, byte for byte. When it rejects, no connection is open and
 * the tables it had made are dropped, as far as the server could still be reached.
 * @throws InvalidOptionError, WorkflowDataError
 */
export async function loadWorkflowData(options: LoadOptions): Promise<LoadResult> {
  const settings = checkLoadOptions(options)
  const startedAt = settings.clock.now()
  const failed = new AbortController()
  const signal = settings.signal ? AbortSignal.any([settings.signal, failed.signal]) : failed.signal
  const world = createWorld(settings)
  const progress = trackProgress({
    totalRows: tableSources.reduce((sum, source) => sum + source.rows(world), 0),
    listener: settings.onProgress,
    clock: settings.clock,
    startedAt,
    onFailure: error => failed.abort(error),
  })
  try {
    progress.table('schema')
    signal.throwIfAborted()
    const rows = await fillDatabase({ world, progress, settings, signal })
    const totalRows = Object.values(rows).reduce((sum, count) => sum + count, 0)
    return { rows, totalRows, elapsedMs: progress.elapsedMs, sample: sampleOf(world, defaultSample) }
  } catch (error) {
    throw toLoadError(error, progress.activity, signal)
  } finally {
    progress.stop()
  }
}

interface Work {
  readonly world: World
  readonly progress: ProgressTracker
  readonly settings: LoadSettings
  readonly signal: AbortSignal
}

async function fillDatabase(work: Work): Promise<Record<string, number>> {
  const { url, clock } = work.settings
  const session = await openSession({ url, clock, lanes, signal: work.signal })
  try {
    if (work.settings.replace) await dropWorkflowSchema(session.control)
    await session.control.query(baseMigration.up)
    try {
      const rows = await copyTables(session, work)
      await makeKeys(session, work)
      await analyzeTables(session, work)
      work.progress.finish()
      work.signal.throwIfAborted()
      return rows
    } catch (error) {
      await dropWorkflowSchema(session.control).catch(() => {})
      throw error
    }
  } finally {
    await session.close()
  }
}

async function copyTables(session: Session, work: Work): Promise<Record<string, number>> {
  const { world, progress } = work
  const rows: Record<string, number> = {}
  progress.begin('copy', tableSources.length)
  const jobs = tableSources.map(source =>
    telling(work, source.table, async lane => {
      rows[source.table] = await copyTable(lane, source, world, progress.rows)
    }),
  )
  await session.run(jobs)
  return rows
}

async function makeKeys(session: Session, work: Work): Promise<void> {
  const { byTable, foreignKeys } = planKeys(tableSources.map(source => source.table))
  work.progress.begin('index', byTable.flat().length + foreignKeys.length)
  const makeAll = (statements: readonly KeyStatement[]) => async (lane: pg.Client) => {
    for (const { text } of statements) {
      await lane.query(text)
      work.progress.step()
    }
  }
  await session.run(byTable.map(keys => telling(work, keys[0]?.table ?? '', makeAll(keys))))
  await session.run(foreignKeys.map(key => telling(work, key.table, makeAll([key]))))
}

async function analyzeTables(session: Session, work: Work): Promise<void> {
  work.progress.begin('analyze', tableSources.length)
  const jobs = tableSources.map(({ table }) =>
    telling(work, table, async lane => {
      await lane.query(`ANALYZE ${table}`)
      work.progress.step()
    }),
  )
  await session.run(jobs)
}

/** A job that tells when it begins, and whose failure says which table it was at. */
function telling({ progress, signal }: Work, table: string, job: Job): Job {
  return async lane => {
    const activity = progress.table(table)
    try {
      await job(lane)
    } catch (error) {
      throw toLoadError(error, activity, signal)
    }
  }
}
