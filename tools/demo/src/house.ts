/** Everything the demo needs before it can measure: servers, data, and the binding of the disk tier beside them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redisTier } from '@greenlang/cache-redis'
import { createTemporaryDatabase, type RunningServer, startPostgres, startRedis } from '@greenlang/servers'
import { loadWorkflowData, type SampleKeys, sampleKeys } from '@greenlang/workflow-data'
import { ensureSqlite } from '../../../scripts/set-up.mjs'
import type { Cleanup } from './cleanup.ts'
import type { DemoOptions } from './options.ts'
import type { Status } from './status.ts'

export interface House {
  /** `redis` is `undefined` where none is to be had. */
  readonly servers: { readonly postgres: RunningServer; readonly redis: RunningServer | undefined }
  readonly databaseUrl: string
  /** `undefined`: no Redis to be had here; the demo runs on memory and disk. */
  readonly redis: RedisHome | undefined
  /** Holds one directory for each process: a disk tier has one owner. */
  readonly cacheDirectory: string
  readonly keys: SampleKeys
  /** Resolves once the disk tier can run, to `true`; to `false` where sqlite3 cannot be had. */
  readonly disk: Promise<boolean>
  /** Whether that is decided. */
  diskDecided(): boolean
}

/** Where in Redis the demo writes: under a prefix of its own, for the server may be somebody's. */
export interface RedisHome {
  readonly url: string
  readonly prefix: string
}

export interface HouseContext {
  options: DemoOptions
  status: Status
  cleanup: Cleanup
  signal: AbortSignal
}

/** PostgreSQL starts and loads while sqlite3, if it must be compiled, compiles beside it. */
export async function openHouse(context: HouseContext): Promise<House> {
  const { cleanup, status, signal } = context
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'greenlang-demo-'))
  cleanup.add(() => rm(cacheDirectory, { recursive: true, force: true }))
  const disk = ensureSqlite({ report: status.show, signal }).then(
    () => true,
    error => {
      if (!signal.aborted) status.say(`${error.message} The demo goes on without the disk tier.`)
      return false
    },
  )
  let decided = false
  void disk.then(() => {
    decided = true
  })
  cleanup.add(() => disk)
  const [postgres, redis] = await startServers(context)
  if (context.options.breaks === 'redis' && !redis)
    throw new Error('--break redis has no Redis to pause: none is to be had here')
  const database = await createTemporaryDatabase(postgres.url, 'greenlang_demo')
  cleanup.add(() => database.drop())
  const keys = await loadData(database.url, context)
  return {
    servers: { postgres, redis },
    databaseUrl: database.url,
    redis: redis && settleInRedis(redis, cleanup),
    cacheDirectory,
    keys,
    disk,
    diskDecided: () => decided,
  }
}

async function startServers({
  cleanup,
  status,
  signal,
}: HouseContext): Promise<[RunningServer, RunningServer | undefined]> {
  const options = { report: status.say, signal }
  const keep = (server: RunningServer) => {
    cleanup.add(() => server.stop())
    return server
  }
  const postgres = startPostgres(options).then(keep)
  const redis = startRedis(options).then(keep, error => {
    // Redis that was asked for by name and does not answer is a mistake; none to be had is a way to run.
    if (error.code !== 'SERVER_UNAVAILABLE' || process.env.REDIS_URL) throw error
    status.say(`${error.message} The demo goes on with memory and disk.`)
    return undefined
  })
  const results = await Promise.allSettled([postgres, redis])
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return [await postgres, await redis]
}

/** A server that the demo started ends with all it holds; in any other the demo clears up after itself. */
function settleInRedis({ url, owned }: RunningServer, cleanup: Cleanup): RedisHome {
  const prefix = `greenlang-demo:${process.pid}:`
  const clear = async () => {
    await using tier = redisTier({ url, prefix, deadline: '10s' })
    await tier.clear()
  }
  if (!owned) cleanup.add(clear)
  return { url, prefix }
}

async function loadData(url: string, { options, status, signal }: HouseContext): Promise<SampleKeys> {
  const loaded = await loadWorkflowData({
    url,
    scale: options.scale,
    seed: options.seed,
    signal,
    onProgress: progress => status.show(describeProgress(progress)),
  })
  const rows = loaded.totalRows.toLocaleString('en')
  status.say(`loaded ${rows} rows in ${(loaded.elapsedMs / 1000).toFixed(1)} s`)
  return sampleKeys({ scale: options.scale, seed: options.seed, count: sampleSize })
}

/** How many of the most popular keys of each kind are asked for: more than memory holds. */
const sampleSize = 1_000
const barWidth = 24

function describeProgress(progress: {
  phase: string
  table: string
  rows: number
  totalRows: number
}): string {
  const share = progress.totalRows === 0 ? 0 : Math.min(1, progress.rows / progress.totalRows)
  const full = Math.round(share * barWidth)
  const bar = '█'.repeat(full) + '░'.repeat(barWidth - full)
  return `data ${bar} ${(share * 100).toFixed(0).padStart(3)} %  ${progress.phase} ${progress.table}`
}
