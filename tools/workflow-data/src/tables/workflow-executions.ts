import { json, time } from '../copy-text.ts'
import type { World } from '../world.ts'
import { type ExecutionFacts, emissionsKg, executionFacts } from './execution-facts.ts'
import type { TableSource } from './table-source.ts'

export const workflowExecutions: TableSource = {
  table: 'workflow_executions',
  columns: [
    'id',
    'workflow_id',
    'user_id',
    'status',
    'error_message',
    'input',
    'output',
    'started_at',
    'completed_at',
    'row_version',
    'created_at',
    'updated_at',
  ],
  units: world => world.scale.executions,
  rows: world => world.scale.executions,
  write(world, n, row) {
    const facts = executionFacts(world, n)
    const factor = world.factors[facts.factor]
    const isCompleted = facts.status === 'completed'
    row([
      world.id('workflow_executions', n),
      world.id('workflows', facts.workflow),
      world.id('users', facts.user),
      facts.status,
      errorOf(world, facts),
      json({ zone: factor?.zone, energyKwh: facts.energyKwh, scope: 2, basis: 'location' }),
      isCompleted
        ? json({ kgCO2e: emissionsKg(world, facts), efCid: factor?.cid, steps: facts.reached.length })
        : null,
      time(facts.startedAt),
      time(facts.completedAt),
      1 + (facts.startedAt === null ? 0 : 1) + (facts.completedAt === null ? 0 : 1),
      time(facts.createdAt),
      time(facts.completedAt ?? facts.startedAt ?? facts.createdAt),
    ])
  },
}

/** What a failed or broken-off execution says of itself, and so its last agent. */
export function errorOf(world: World, facts: ExecutionFacts): string | null {
  const agent = facts.reached.at(-1)?.name
  const factor = world.factors[facts.factor]
  if (facts.status === 'failed') {
    if (facts.factor % 3 === 0)
      return `${agent}: result outside 3 standard deviations of the last 12 months\nreview it, or widen the tolerance`
    return facts.factor % 3 === 1
      ? `${agent}: input.energyKwh is ${facts.energyKwh}, expected at most 500 for zone "${factor?.zone}"`
      : `${agent}: no emission factor for zone "${factor?.zone}" in the reporting year`
  }
  if (facts.status !== 'error') return null
  return facts.factor % 2 === 0
    ? `${agent}: meter service answered 503 after 3 attempts`
    : `${agent}: timed out after 300 s (C:\\meters\\${factor?.zone}\\latest.csv not readable)`
}
