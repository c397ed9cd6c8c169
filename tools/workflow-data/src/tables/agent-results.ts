import { json, time } from '../copy-text.ts'
import type { World } from '../world.ts'
import { type ExecutionFacts, emissionsKg, executionFacts } from './execution-facts.ts'
import type { TableSource } from './table-source.ts'
import { errorOf } from './workflow-executions.ts'

/** Ids of an execution's results are numbered from `execution * mostSteps`. */
const mostSteps = 4

const counted = new WeakMap<World, number>()

export const agentResults: TableSource = {
  table: 'agent_results',
  columns: [
    'id',
    'workflow_execution_id',
    'agent_id',
    'status',
    'execution_time_ms',
    'result',
    'error',
    'attempt',
    'created_at',
  ],
  units: world => world.scale.executions,
  rows(world) {
    let rows = counted.get(world) ?? 0
    if (rows === 0)
      for (let n = 0; n < world.scale.executions; n++) rows += executionFacts(world, n).reached.length
    counted.set(world, rows)
    return rows
  },
  write(world, n, row) {
    const facts = executionFacts(world, n)
    const execution = world.id('workflow_executions', n)
    const { startedAt, completedAt, reached } = facts
    if (startedAt === null) return
    const share = ((completedAt ?? world.now) - startedAt) / (reached.length + 1)
    reached.forEach((agent, step) => {
      const number = n * mostSteps + step
      const random = world.random('agent_results', number)
      const status = statusOf(facts, step)
      const took = Math.max(1, Math.round(share * (0.6 + 0.8 * random.next())))
      row([
        world.id('agent_results', number),
        execution,
        world.id('agents', agent.number),
        status,
        status === 'completed' || status === 'error' ? took : null,
        status === 'completed' ? json(resultOf(world, facts, agent.type)) : null,
        status === 'error' ? errorOf(world, facts) : null,
        status === 'error' ? 3 : 1 + (random.chance(0.04) ? 1 : 0),
        time(Math.floor(startedAt + share * step)),
      ])
    })
  },
}

/** All steps but the last one reached are completed; the last one tells how the execution ended. */
function statusOf({ status, reached }: ExecutionFacts, step: number): string {
  if (status === 'completed' || step < reached.length - 1) return 'completed'
  if (status === 'running') return step === 0 ? 'pending' : 'running'
  return status === 'cancelled' ? 'skipped' : 'error'
}

function resultOf(world: World, facts: ExecutionFacts, type: string): Record<string, unknown> {
  const kgCO2e = emissionsKg(world, facts)
  if (type === 'calculator' || type === 'estimator')
    return { kgCO2e, gramsPerKwh: world.factors[facts.factor]?.gramsPerKwh, method: 'location-based' }
  if (type === 'verifier' || type === 'validator' || type === 'auditor')
    return {
      passed: true,
      checks: ['units', 'range', 'coverage'],
      confidence: 0.8 + (facts.factor % 20) / 100,
    }
  if (type === 'reporter' || type === 'forecaster')
    return { kgCO2e, period: 'P1M', format: 'json', tables: 1 + (facts.factor % 4) }
  return { records: 1 + (facts.factor % 400), energyKwh: facts.energyKwh, unit: 'kWh' }
}
