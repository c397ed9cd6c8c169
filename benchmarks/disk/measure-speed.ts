/** Rounds of each subject in turn, so that what the machine does meanwhile meets all of them. */
import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Awaitable } from '@greenlang/core'
import { quantile, type Spread, spreadOf } from '../report/statistics.ts'
import { keyOf, type Size, valuesOf } from './material.ts'
import type { Subject } from './subjects.ts'

export type Operation = 'get' | 'set'

export interface Round {
  readonly callsPerSecond: number
  readonly p50Us: number
  readonly p99Us: number
}

export interface Measured {
  readonly subject: string
  readonly operation: Operation
  readonly size: string
  readonly atOnce: number
  readonly rounds: readonly Round[]
}

export interface SpeedPlan {
  readonly subjects: readonly Subject[]
  readonly size: Size
  readonly operation: Operation
  readonly atOnce: number
  readonly rounds: number
  readonly roundMs: number
  readonly onRound: (round: number) => void
}

export async function measureSpeed(plan: SpeedPlan): Promise<readonly Measured[]> {
  const { subjects, operation, size, atOnce, rounds, onRound } = plan
  const calls = callsOf(plan)
  const able = subjects.filter(subject => (operation === 'get' ? subject.get : subject.setter))
  const figures = new Map<string, Round[]>(able.map(({ name }) => [name, []]))
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    onRound(round)
    for (const subject of able) {
      const one = await runRound(calls(subject), plan)
      if (round > 0) figures.get(subject.name)?.push(one)
    }
  }
  return [...figures].map(([subject, all]) => ({ subject, operation, size: size.name, atOnce, rounds: all }))
}

/** A prime, so that neighbours in time are not neighbours on the disk. */
const stride = 7919

/** What the next call is, made ready: only the call itself is measured. */
type Calls = () => () => Awaitable<unknown>

function callsOf({ operation, size }: SpeedPlan): (subject: Subject) => Calls {
  const values = valuesOf(size.bytes)
  let count = 0
  const nextKey = () => {
    count += 1
    return keyOf((count * stride) % size.entries)
  }
  const missing = () => {
    throw new Error('what is to be read is not there')
  }
  return ({ get = missing, setter = missing }) => {
    if (operation === 'set') return () => setter(nextKey(), values(size.entries + count))
    return () => {
      const key = nextKey()
      return () => get(key)
    }
  }
}

/** What one leaves to be done in the background is not to be done in the time of the next. */
const restMs = 25
const mostCalls = 20_000

async function runRound(calls: Calls, { atOnce, operation, roundMs }: SpeedPlan): Promise<Round> {
  await sleep(restMs)
  collectGarbage()
  const latencies: number[] = []
  const end = performance.now() + roundMs
  const caller = async () => {
    while (performance.now() < end && latencies.length < mostCalls) {
      const call = calls()
      // Callers of a service come in turns of their own.
      await nextTurn()
      const at = performance.now()
      const answer = await call()
      latencies.push(performance.now() - at)
      if (operation === 'get' && answer === undefined) throw new Error('a miss of what is there')
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: atOnce }, caller))
  const seconds = (performance.now() - begun) / 1000
  latencies.sort((a, b) => a - b)
  return {
    callsPerSecond: latencies.length / seconds,
    p50Us: quantile(latencies, 0.5) * 1000,
    p99Us: quantile(latencies, 0.99) * 1000,
  }
}

setFlagsFromString('--expose-gc')
/** So that what one subject let fall is not picked up in the time of the next. */
const collectGarbage = runInNewContext('gc') as () => void

export interface Comparison {
  readonly operation: Operation
  readonly size: string
  readonly atOnce?: number
  readonly of: string
  readonly to: string
  readonly by: (round: Round) => number
}

/** Of `of` over `to`, round by round; NaN throughout where one was not measured. */
export function ratio(
  measured: readonly Measured[],
  { operation, size, atOnce = 1, of, to, by }: Comparison,
): Spread {
  const roundsOf = (subject: string) =>
    measured.find(
      one =>
        one.subject === subject && one.operation === operation && one.size === size && one.atOnce === atOnce,
    )?.rounds ?? []
  const [over, under] = [roundsOf(of), roundsOf(to)]
  const pairs = over.flatMap((round, index) => {
    const other = under[index]
    return other ? [by(round) / by(other)] : []
  })
  return spreadOf(pairs)
}
