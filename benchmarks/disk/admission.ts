/** What admission saves in writes, and what it costs in hits: one trace through the tier in several ways. */
import { join } from 'node:path'
import { type AdmissionOptions, type DiskTier, diskTier } from '@greenlang/cache-disk'
import { type Clock, createEntry, systemClock } from '@greenlang/core'
import type { Progress } from '../report/progress.ts'
import { UsageError } from '../report/usage-error.ts'
import { findTraces } from '../simulator/find-traces.ts'
import { readTrace } from '../simulator/formats.ts'
import { generateTrace } from '../simulator/generate.ts'
import type { Trace } from '../simulator/trace.ts'
import { keyOf } from './material.ts'

export interface AdmissionRun {
  readonly trace: string
  readonly requests: number
  readonly unique: number
  readonly footprint: number
  readonly maxBytes: number
  readonly rows: readonly AdmissionRow[]
}

export interface AdmissionRow {
  readonly name: string
  readonly hitRatio: number
  readonly writtenBytes: number
  readonly written: number
  readonly notAdmitted: number
}

/** What is compared; one key in four lives but a short while. */
export const lives = { short: '5s', long: '1h', shortOneIn: 4, requestMs: 10 } as const
const kinds: readonly (readonly [string, AdmissionOptions])[] = [
  ['all is admitted', {}],
  ['afterSets: 2', { afterSets: 2 }],
  ["minLife: '10s'", { minLife: '10s' }],
  ['both', { afterSets: 2, minLife: '10s' }],
]
const mostRequests = 200_000
const valueBytes = 1_024
const block = 4_096
const leastBytes = 64 * 1024
/** Requests of each subject in turn, and after how long no further ones are begun. */
const stride = 5_000
const mostMs = 150_000
const seed = 1

interface Subject {
  readonly name: string
  readonly clock: SteppedClock
  readonly tier: DiskTier<Buffer>
  hits: number
}

export async function runAdmission(
  scratch: string,
  place: string | undefined,
  progress: Progress,
): Promise<AdmissionRun> {
  const trace = await traceOf(place)
  const { unique, requests } = trace
  const footprint = footprintOf(trace)
  const maxBytes = Math.max(leastBytes, Math.round(footprint / 10))
  const subjects = kinds.map(([name, admission], index): Subject => {
    const clock = new SteppedClock()
    const options = { directory: join(scratch, `admission-${index}`), maxBytes, admission, clock }
    return { name, hits: 0, clock, tier: diskTier<Buffer>(options) }
  })
  const end = performance.now() + mostMs
  let done = 0
  while (done < requests.length && performance.now() < end) {
    progress.show(`admission: request ${done} of ${requests.length}`)
    const some = requests.subarray(done, done + stride)
    for (const subject of subjects) await replay(subject, some, trace)
    done += some.length
  }
  const rows = subjects.map(subject => rowOf(subject, done))
  for (const { tier } of subjects) await tier.close()
  return { trace: trace.name, requests: done, unique, footprint, maxBytes, rows }
}

async function traceOf(place: string | undefined): Promise<Trace> {
  if (place === undefined) return generateTrace('generated-scans', seed)
  const [found] = findTraces([place])
  if (!found) throw new UsageError(`${place} is no trace`)
  return readTrace(found.path, { limit: mostRequests, ...(found.sizes && { sizes: found.sizes }) })
}

const bytesOf = ({ sizes }: Trace, key: number): number => sizes?.[key] ?? valueBytes

function footprintOf(trace: Trace): number {
  let bytes = 0
  for (let key = 0; key < trace.unique; key += 1) bytes += Math.ceil(bytesOf(trace, key) / block) * block
  return bytes
}

/** As a service does: what is not there is made and stored. */
async function replay(subject: Subject, requests: Uint32Array, trace: Trace): Promise<void> {
  const { tier, clock } = subject
  for (const key of requests) {
    clock.step(lives.requestMs)
    if (await tier.get(keyOf(key))) subject.hits += 1
    else {
      const ttl = key % lives.shortOneIn === 0 ? lives.short : lives.long
      await tier.set(keyOf(key), createEntry(Buffer.alloc(bytesOf(trace, key), key), { ttl }, { clock }))
    }
  }
}

function rowOf({ name, tier, hits }: Subject, requests: number): AdmissionRow {
  const { writtenBytes, sets, notAdmitted } = tier.stats()
  return { name, hitRatio: hits / requests, writtenBytes, written: sets, notAdmitted }
}

/** Stands still but for the requests; what sleeps, sleeps by the clock on the wall. */
class SteppedClock implements Clock {
  #now = systemClock.now()

  now(): number {
    return this.#now
  }

  turn(): number {
    return this.#now
  }

  step(ms: number): void {
    this.#now += ms
  }

  sleep(...args: Parameters<Clock['sleep']>): Promise<void> {
    return systemClock.sleep(...args)
  }
}
