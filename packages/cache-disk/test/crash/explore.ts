/** Every crash point of an operation, each in a life of its own. */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Findings, judge } from './judge.ts'
import { operations } from './operations.ts'
import type { CrashPoint } from './threads.ts'
import { crashPointsOf, lifeUntil, type Plan } from './trial.ts'

export interface Exploration {
  readonly plan: Plan
  readonly points: number
  /** Lives that ended at their point; the others had fewer calls than the one that was watched. */
  readonly kills: number
  readonly outcomes: Readonly<Record<'old' | 'new' | 'miss', number>>
  readonly faults: readonly string[]
}

/** @param atOnce Lives side by side. */
export async function explore(plan: Plan, atOnce = 2): Promise<Exploration> {
  const operation = operations[plan.operation]
  if (!operation) throw new Error(`no operation ${plan.operation}`)
  const points = await crashPointsOf(plan)
  const outcomes = { old: 0, new: 0, miss: 0 }
  const faults: string[] = []
  let kills = 0
  const left = [...points]
  const explorer = async () => {
    for (let point = left.shift(); point; point = left.shift()) {
      const { killed, findings } = await crash(plan, point)
      if (killed) kills += 1
      for (const outcome of findings.outcomes) outcomes[outcome] += 1
      const { call, nth, thread } = point
      faults.push(
        ...findings.faults.map(fault => `${plan.operation} at ${call} ${nth} of thread ${thread}: ${fault}`),
      )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, explorer))
  return { plan, points: points.length, kills, outcomes, faults }
}

async function crash(plan: Plan, point: CrashPoint): Promise<{ killed: boolean; findings: Findings }> {
  const operation = operations[plan.operation]
  if (!operation) throw new Error(`no operation ${plan.operation}`)
  const life = await lifeUntil(plan, point)
  try {
    return { killed: life.killed, findings: await judge(plan, operation, life) }
  } finally {
    await rm(dirname(life.directory), { recursive: true, force: true })
  }
}
