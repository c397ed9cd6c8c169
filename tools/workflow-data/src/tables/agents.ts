import { dayMs } from '../calendar.ts'
import { json, time } from '../copy-text.ts'
import { verbGlosses } from '../wordnet.ts'
import type { TableSource } from './table-source.ts'

/** What an agent does: a type, the stage of a workflow it belongs to, and the verb in WordNet that says it (byte offset). */
const types = [
  { type: 'collector', stage: 1, verb: 'collect', offset: 1387093 },
  { type: 'classifier', stage: 1, verb: 'classify', offset: 656296 },
  { type: 'converter', stage: 1, verb: 'convert', offset: 381684 },
  { type: 'meter', stage: 1, verb: 'measure', offset: 648747 },
  { type: 'calculator', stage: 0, verb: 'calculate', offset: 638921 },
  { type: 'estimator', stage: 0, verb: 'estimate', offset: 674352 },
  { type: 'allocator', stage: 0, verb: 'allocate', offset: 2238869 },
  { type: 'aggregator', stage: 0, verb: 'aggregate', offset: 1387824 },
  { type: 'verifier', stage: 2, verb: 'verify', offset: 666401 },
  { type: 'validator', stage: 2, verb: 'validate', offset: 669142 },
  { type: 'auditor', stage: 2, verb: 'audit', offset: 698828 },
  { type: 'comparator', stage: 2, verb: 'compare', offset: 654571 },
  { type: 'forecaster', stage: 3, verb: 'forecast', offset: 928443 },
  { type: 'reporter', stage: 3, verb: 'report', offset: 968841 },
] as const

const categories = [
  'emissions',
  'energy',
  'supply-chain',
  'transport',
  'waste',
  'water',
  'land',
  'finance',
] as const

export interface AgentFacts {
  readonly number: number
  readonly name: string
  readonly type: string
  readonly category: string
}

/** What other tables need to know of each agent. */
export const agentFacts: readonly AgentFacts[] = types.flatMap(({ type }, kind) =>
  categories.map((category, index) => ({
    number: kind * categories.length + index,
    name: `${category}-${type}`,
    type,
    category,
  })),
)

/** The agents of each stage. The first stage computes, since a workflow of one step does that. */
export const agentsByStage: readonly (readonly AgentFacts[])[] = [0, 1, 2, 3].map(stage =>
  agentFacts.filter(({ type }) => types.some(one => one.type === type && one.stage === stage)),
)

let glosses: string[] | undefined

export const agents: TableSource = {
  table: 'agents',
  columns: [
    'id',
    'name',
    'type',
    'category',
    'version',
    'description',
    'tags',
    'is_enabled',
    'capabilities',
    'row_version',
    'created_at',
    'updated_at',
  ],
  units: () => agentFacts.length,
  rows: () => agentFacts.length,
  write(world, n, row) {
    glosses ??= verbGlosses(types.map(({ offset }) => offset))
    const random = world.random('agents', n)
    const kind = Math.floor(n / categories.length)
    const { name, type, category } = agentFacts[n] as AgentFacts
    const createdAt = world.calendar.start - (400 + random.below(300)) * dayMs
    row([
      world.id('agents', n),
      name,
      type,
      category,
      `${1 + random.below(4)}.${random.below(10)}.0`,
      `To ${types[kind]?.verb}: ${glosses[kind]}. For ${category.replace('-', ' ')} data.`,
      json([type, category, random.chance(0.5) ? 'batch' : 'streaming']),
      random.chance(0.94),
      json({ batch: random.chance(0.7), maxItems: 100 * (1 + random.below(50)), formats: ['json', 'csv'] }),
      1 + random.below(9),
      time(createdAt),
      time(createdAt + random.below(300) * dayMs),
    ])
  },
}
