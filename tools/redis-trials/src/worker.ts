/** One process of a trial: a cache, who reads it and who writes, until the conductor has enough. */
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@greenlang/testkit'
import { serveCalls } from './calls.ts'
import { catalogueOf } from './catalogue.ts'
import { openDatabase } from './database-client.ts'
import { createLoader } from './loader.ts'
import { now } from './now.ts'
import { createPopularity } from './popularity.ts'
import { createReader } from './reader.ts'
import { openRecorder } from './record.ts'
import { openSubject } from './subjects/index.ts'
import { processOf, type WorkerJob, type WorkerSettings, type WorkerStatus } from './worker-job.ts'
import { createWriter } from './writer.ts'

const flushMs = 100
const mostStrays = 20

type Life = Awaited<ReturnType<typeof begin>>

let life: Life | undefined
const strays: string[] = []
const stray = (error: unknown) =>
  void (strays.length < mostStrays && strays.push(String((error as Error)?.stack ?? error)))
process.on('uncaughtException', stray).on('unhandledRejection', stray)

serveCalls<WorkerJob>({
  async prepare(settings) {
    life = await begin(settings)
  },
  go(span) {
    life?.reader.start(span.endsAt)
    life?.writer.start(span)
  },
  stall(ms) {
    const until = now() + ms
    while (now() < until);
  },
  clear: () => life?.writer.clear(),
  status,
  readAll: () => life?.reader.readAll(),
  async finish() {
    const last = status()
    clearInterval(life?.flushing)
    life?.recorder.close()
    await Promise.race([life?.subject.close(), sleep(closeMs)])
    life?.database.close()
    return last
  },
})

/** What a cache may take to close: some wait for a reply that never comes. */
const closeMs = 2_000

async function begin({ plan, number, life, redis, databasePort, prefix, record }: WorkerSettings) {
  const random = seededRandom(plan.seed * 1_000 + processOf(number, life))
  const catalogue = catalogueOf(plan)
  const database = await openDatabase(databasePort, processOf(number, life))
  const subject = await openSubject(plan.subject, {
    plan,
    redis,
    prefix,
    directory: join(dirname(record), `disk-${number}`),
  })
  const recorder = openRecorder(record)
  const loader = createLoader({ plan, database, random })
  const shift = Math.floor((number * plan.keys) / plan.workers)
  const popular = createPopularity({ length: plan.keys, random, affinity: plan.affinity, shift })
  const parts = { subject, recorder, random, catalogue }
  const reader = createReader({ ...parts, loader, popular, readsPerSecond: plan.readsPerSecond })
  const writer = createWriter({ ...parts, plan, number, database })
  return {
    database,
    subject,
    recorder,
    loader,
    reader,
    writer,
    flushing: setInterval(recorder.flush, flushMs),
  }
}

function status(): WorkerStatus {
  const { subject, reader, writer, loader } = life ?? {}
  const open = (reader?.open ?? 0) + (writer?.open ?? 0)
  return { queued: subject?.queued ?? 0, open, loads: loader?.loads ?? 0, strays }
}
