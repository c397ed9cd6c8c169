/**
 * From the call of `invalidate` in one process until another has dropped the key, with nothing in the way: the subjects
 * take turns, round by round, on the same server and in the same two processes.
 */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@greenlang/testkit'
import { type Caller, callerOf } from './calls.ts'
import type { LatencyJob } from './latency-worker.ts'
import { type Percentiles, percentiles } from './percentiles.ts'
import type { SubjectName } from './plan.ts'
import { createServer } from './single.ts'

export interface LatencyOptions {
  /** Whole number >= 0, a count of nothing: decides who goes first in each round. Default `1`. */
  readonly seed?: number
  /** How many times each is measured. Default `2000`. */
  readonly rounds?: number
  /** Default `['ours', 'naive', 'bentocache']`. */
  readonly subjects?: readonly SubjectName[]
}

export interface Latency {
  readonly subject: SubjectName
  /** Until the other process has dropped it, in ms. */
  readonly heard: Percentiles
  /** Until the call came back, in ms. */
  readonly returned: Percentiles
  /** Rounds in which the other process did not hear of it within a second. */
  readonly unheard: number
}

const script = fileURLToPath(new URL('latency-worker.ts', import.meta.url))
const execArgv = ['--conditions=greenlang-source', '--import', 'tsx', '--no-warnings']
/** Left out: the first ones compile. */
const warmUps = 100
const keys = 50

export async function measureLatency(options: LatencyOptions = {}): Promise<readonly Latency[]> {
  const { seed = 1, rounds = 2_000, subjects = ['ours', 'naive', 'bentocache'] } = options
  const server = await createServer()
  const children = [0, 1].map(() =>
    fork(script, { execArgv, cwd: fileURLToPath(new URL('..', import.meta.url)) }),
  )
  try {
    const jobs = children.map(child => callerOf<LatencyJob>(child))
    const prefix = `latency-${randomBytes(4).toString('hex')}:`
    await Promise.all(jobs.map(job => job.call('prepare', { redis: server.place, prefix, subjects })))
    const measured = await rounded(jobs, { random: seededRandom(seed), rounds, subjects })
    await Promise.all(jobs.map(job => job.call('finish')))
    return measured
  } finally {
    for (const child of children) {
      const exited = once(child, 'exit')
      if (child.kill('SIGKILL')) await exited
    }
    await server.close()
  }
}

interface Rounds {
  readonly random: () => number
  readonly rounds: number
  readonly subjects: readonly SubjectName[]
}

async function rounded(
  jobs: readonly Caller<LatencyJob>[],
  { random, rounds, subjects }: Rounds,
): Promise<readonly Latency[]> {
  const [writer, reader] = jobs
  if (writer === undefined || reader === undefined) throw new RangeError('two processes are needed')
  const found = subjects.map(subject => ({
    subject,
    heard: [] as number[],
    returned: [] as number[],
    unheard: 0,
  }))
  for (let round = -warmUps; round < rounds; round += 1) {
    const first = Math.floor(random() * found.length)
    for (const one of [...found.slice(first), ...found.slice(0, first)]) {
      const named = { subject: one.subject, key: `key${(round + warmUps) % keys}` }
      await reader.call('prime', named)
      const { calledAt, returnedAt } = await writer.call('invalidate', named)
      const heardAt = await reader.call('heard', named)
      if (round < 0) continue
      one.returned.push(returnedAt - calledAt)
      if (heardAt === undefined) one.unheard += 1
      else one.heard.push(heardAt - calledAt)
    }
  }
  return found.map(({ subject, heard, returned, unheard }) => {
    return { subject, heard: percentiles(heard), returned: percentiles(returned), unheard }
  })
}
