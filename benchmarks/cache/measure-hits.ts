/** A hit in memory, subject by subject: one process each, one at work at a time, round by round. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { hitSubjects } from './hit-subjects.ts'

export type HitRounds = Readonly<Record<string, readonly number[]>>

export interface HitOptions {
  readonly rounds: number
  readonly ms: number
  readonly onRound: (round: number) => void
}

/** Calls a millisecond of each subject, by round. The first rounds, in which code is compiled, do not count. */
export async function measureHits({ rounds, ms, onRound }: HitOptions): Promise<HitRounds> {
  const children = await Promise.all(hitSubjects.map(open))
  const rates: Record<string, number[]> = Object.fromEntries(hitSubjects.map(name => [name, []]))
  try {
    for (let round = -warmUps; round < rounds; round += 1) {
      onRound(round)
      for (const [at, name] of hitSubjects.entries()) {
        const rate = await rateOf(children[at] as ChildProcess, ms)
        if (round >= 0) rates[name]?.push(rate)
      }
    }
    return rates
  } finally {
    for (const child of children) child.kill()
  }
}

const warmUps = 3

async function open(name: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'hit.child.ts'), [name], { execArgv: process.execArgv })
  await once(child, 'message')
  return child
}

async function rateOf(child: ChildProcess, ms: number): Promise<number> {
  child.send({ ms })
  const [{ rate }] = (await once(child, 'message')) as [{ rate: number }]
  return rate
}
