import { dayMs } from '../calendar.ts'
import { json, time } from '../copy-text.ts'
import type { World } from '../world.ts'
import { type AgentFacts, agentsByStage } from './agents.ts'
import type { TableSource } from './table-source.ts'
import { userFacts } from './users.ts'

const verbs = 'Estimate Audit Verify Report Compare Forecast Allocate Calculate Monitor Reconcile'.split(' ')
/** What of a thing is computed, and the category it falls in. */
const subjects: readonly (readonly [string, string])[] = [
  ['emissions', 'emissions'],
  ['product footprint', 'emissions'],
  ['energy use', 'energy'],
  ['process heat', 'energy'],
  ['supply chain', 'supply-chain'],
  ['packaging', 'supply-chain'],
  ['freight', 'transport'],
  ['end of life', 'waste'],
  ['water use', 'water'],
  ['land use', 'land'],
]
const bounds = ['Cradle to gate', 'Cradle to grave', 'Gate to gate', 'Scope 1 and 2', 'Scope 3, upstream']
const schedules = ['@daily', '@weekly', '@monthly', '0 6 * * 1-5', null]

export const workflows: TableSource = {
  table: 'workflows',
  columns: [
    'id',
    'user_id',
    'organization_id',
    'name',
    'description',
    'category',
    'status',
    'is_public',
    'version',
    'definition',
    'row_version',
    'created_at',
    'updated_at',
  ],
  units: world => world.scale.workflows,
  rows: world => world.scale.workflows,
  write(world, n, row) {
    const facts = workflowFacts(world, n)
    const random = world.random('workflows', n)
    const updates = random.chance(0.5) ? random.below(12) : 0
    const changedAt = facts.createdAt + random.below(90) * dayMs
    const steps = facts.steps.map(({ name, type }, index) => ({ order: index + 1, agent: name, type }))
    row([
      world.id('workflows', n),
      world.id('users', facts.owner),
      world.id('organizations', userFacts(world, facts.owner).organization),
      facts.name,
      `${random.pick(bounds)} assessment of ${facts.noun}: ${facts.gloss}. ${facts.steps.length} steps.`,
      facts.category,
      statusOf(random.next()),
      random.chance(0.15),
      `${1 + random.below(3)}.${random.below(10)}.${random.below(20)}`,
      json({ steps, schedule: random.pick(schedules), retries: random.below(4), timeoutSeconds: 300 }),
      1 + updates,
      time(facts.createdAt),
      time(updates > 0 ? changedAt : facts.createdAt),
    ])
  },
}

export interface WorkflowFacts {
  readonly owner: number
  readonly name: string
  readonly noun: string
  readonly gloss: string
  readonly category: string
  readonly createdAt: number
  readonly steps: readonly AgentFacts[]
}

const known = new WeakMap<World, WorkflowFacts[]>()

/** What other tables need to know of workflow `n`; made once, since executions, results and notifications all ask. */
export function workflowFacts(world: World, n: number): WorkflowFacts {
  const all = known.get(world) ?? []
  if (all.length === 0) known.set(world, all)
  const facts = all[n] ?? makeFacts(world, n)
  all[n] = facts
  return facts
}

/** All workflows are older than the 90 days. */
function makeFacts(world: World, n: number): WorkflowFacts {
  const random = world.random('workflow facts', n)
  const owner = world.userRanks.at(random.next())
  const { name: noun = '', gloss = '' } = world.nouns[random.below(world.nouns.length)] ?? {}
  const [subject, category] = random.pick(subjects)
  const createdAt = world.calendar.start - (91 + random.below(300)) * dayMs - random.below(dayMs)
  const name = `${random.pick(verbs)} ${noun} ${subject}`
  // One to four agents, from intake to report.
  const stages = agentsByStage.slice(0, 1 + random.below(agentsByStage.length))
  return { owner, name, noun, gloss, category, createdAt, steps: stages.map(stage => random.pick(stage)) }
}

function statusOf(fraction: number): string {
  if (fraction < 0.74) return 'active'
  if (fraction < 0.86) return 'draft'
  return fraction < 0.94 ? 'paused' : 'archived'
}
