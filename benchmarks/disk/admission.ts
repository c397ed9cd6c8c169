/** What admission saves in writes, and what it costs in hits: one trace through the tier in several ways. */
import { join } from 'node:path'
import { type AdmissionOptions, type DiskTier, diskTier } from '@greenlang/cache-disk'
import { type Clock, createEntry, systemClock } from '@greenlang/core'
import type { Progress } from '../report/progress.ts'
import { findTraces } from '../simulator/find-traces.ts'
import { readTrace } from '../simulator/formats.ts'
import { generateTrace } from '../simulator/generate.ts'
import type { Trace } from '../simulator/trace.ts'
import { inScratch, keyOf } from './material.ts'

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
  ["afterSets: 2", { afterSets: 2 }],
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
  readonly tier: DiskTier<Buffer>
  hits: number
}

export async function runAdmission(place: string | undefined, progress: Progress): Promise<AdmissionRun> {
  const trace = await traceOf(place)
  const bytesOf = (key: number) => trace.sizes?.[key] ?? valueBytes
  let footprint = 0
  for (let key = 0; key < trace.unique; key += 1) footprint += Math.ceil(bytesOf(key) / block) * block
  const maxBytes = Math.max(leastBytes, Math.round(footprint / 10))
  return inScratch(async scratch => {
    const { clock, advance } = steppedClock()
    const subjects: Subject[] = kinds.map(([name, admission], index) => {
      const directory = join(scratch, `${index}`)
      return { name, hits: 0, tier: diskTier<Buffer>({ directory, maxBytes, admission, clock }) }
    })
    const value = Buffer.alloc(Math.max(...(trace.sizes ?? [valueBytes])), 'v')
    const end = performance.now() + mostMs
    let done = 0
    for (; done < trace.requests.length && performance.now() < end; done += stride) {
      progress.show(`admission: request ${done} of ${trace.requests.length}`)
      const requests = trace.requests.subarray(done, done + stride)
      const from = advance(0)
      for (const subject of subjects) {
        advance(from - advance(0))
        for (const key of requests) {
          advance(lives.requestMs)
          await request(subject, key, value.subarray(0, bytesOf(key)))
        }
      }
    }
    const requests = Math.min(done, trace.requests.length)
    const rows = subjects.map(one => rowOf(one, requests))
    for (const { tier } of subjects) await tier.close()
    return { trace: trace.name, requests, unique: trace.unique, footprint, maxBytes, rows }
  })
}
