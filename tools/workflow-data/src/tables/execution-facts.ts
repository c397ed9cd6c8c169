import type { World } from '../world.ts'
import type { AgentFacts } from './agents.ts'
import { workflowFacts } from './workflows.ts'

export type ExecutionStatus =
  | 'pending'
  | 'queued'
  | 'running'
  | 'completed'
  | 'failed'
  | 'error'
  | 'cancelled'

/** What an execution, its agent results and its citations have to agree on. */
export interface ExecutionFacts {
  readonly workflow: number
  readonly user: number
  readonly status: ExecutionStatus
  readonly createdAt: number
  readonly startedAt: number | null
  readonly completedAt: number | null
  /** The agents that were reached, in order; the last one is where it stopped. */
  readonly reached: readonly AgentFacts[]
  /** Number of the emission factor it computes with. */
  readonly factor: number
  readonly energyKwh: number
}

/** Of the latest executions this share may still be under way. */
const latestShare = 0.03

/** Execution `n`: they are numbered by time, so the last one is the newest. */
export function executionFacts(world: World, n: number): ExecutionFacts {
  const random = world.random('workflow_executions', n)
  const total = world.scale.executions
  const workflow = world.workflowRanks.at(random.next())
  const { owner, steps } = workflowFacts(world, workflow)
  const user = random.chance(0.7) ? owner : world.userRanks.at(random.next())
  const createdAt = world.calendar.at((n + random.next()) / total)
  const status = statusOf(random.next(), n >= total * (1 - latestShare) ? random.next() : 1)
  const waited = Math.round(random.skewed(400, 2))
  const ran = Math.round(random.skewed(2_500 * steps.length, 1.7))
  const hasStarted = status !== 'pending' && status !== 'queued'
  const startedAt = hasStarted ? Math.min(createdAt + waited, world.now) : null
  const hasEnded = hasStarted && status !== 'running'
  return {
    workflow,
    user,
    status,
    createdAt,
    startedAt,
    completedAt: hasEnded ? Math.min(createdAt + waited + ran, world.now) : null,
    reached: hasStarted
      ? steps.slice(0, status === 'completed' ? steps.length : 1 + random.below(steps.length))
      : [],
    factor: world.factorRanks.at(random.next()),
    energyKwh: Math.round(random.skewed(900, 4) * 10) / 10,
  }
}

/** Kilograms of CO2 equivalent, to the gram. */
export function emissionsKg(world: World, { factor, energyKwh }: ExecutionFacts): number {
  return Math.round(energyKwh * (world.factors[factor]?.gramsPerKwh ?? 0)) / 1000
}

function statusOf(fraction: number, underWay: number): ExecutionStatus {
  if (underWay < 0.4) return 'running'
  if (underWay < 0.6) return 'queued'
  if (underWay < 0.8) return 'pending'
  if (fraction < 0.88) return 'completed'
  if (fraction < 0.93) return 'failed'
  return fraction < 0.96 ? 'error' : 'cancelled'
}
