import { createHash } from 'node:crypto'
import { json, time } from '../copy-text.ts'
import type { RowRandom } from '../random.ts'
import type { World } from '../world.ts'
import { executionFacts } from './execution-facts.ts'
import type { TableSource } from './table-source.ts'

interface Document {
  readonly type: string
  readonly source: string
  readonly title: string
  readonly url: string
}

/** What is cited beside emission factors. */
const documents: readonly (Document & { contentHash: string })[] = [
  ['methodology', 'GHG Protocol', 'Scope 2 Guidance', 'https://ghgprotocol.org/scope-2-guidance'],
  ['methodology', 'GHG Protocol', 'Corporate Standard', 'https://ghgprotocol.org/corporate-standard'],
  [
    'regulatory',
    'European Union',
    'Directive (EU) 2022/2464 (CSRD)',
    'https://eur-lex.europa.eu/eli/dir/2022/2464/oj',
  ],
  [
    'regulatory',
    'European Union',
    'Regulation (EU) 2023/956 (CBAM)',
    'https://eur-lex.europa.eu/eli/reg/2023/956/oj',
  ],
  ['scientific', 'IPCC', 'Sixth Assessment Report, Working Group III', 'https://www.ipcc.ch/report/ar6/wg3/'],
  ['guidance', 'ISO', 'ISO 14064-1:2018', 'https://www.iso.org/standard/66453.html'],
  [
    'database',
    'UK Government',
    'Greenhouse gas reporting: conversion factors',
    'https://www.gov.uk/government/collections/government-conversion-factors-for-company-reporting',
  ],
  ['company_data', 'Supplier declaration', 'Metered electricity, twelve months', ''],
].map(([type = '', source = '', title = '', url = '']) => {
  const contentHash = createHash('sha256').update(`${source}\n${title}`).digest('hex')
  return { type, source, title, url, contentHash }
})

/** Ids of an execution's citations are numbered from `execution * mostCitations`. */
const mostCitations = 2

const counted = new WeakMap<World, number>()

export const citations: TableSource = {
  table: 'citations',
  columns: [
    'id',
    'workflow_execution_id',
    'agent_id',
    'ef_cid',
    'citation_type',
    'source',
    'title',
    'url',
    'content_hash',
    'details',
    'created_at',
  ],
  units: world => world.scale.executions,
  rows(world) {
    let rows = counted.get(world) ?? 0
    if (rows === 0)
      for (let n = 0; n < world.scale.executions; n++) {
        const { factor, document } = citedBy(world.random('citations', n))
        if ((factor || document) && executionFacts(world, n).status === 'completed')
          rows += Number(factor) + Number(document)
      }
    counted.set(world, rows)
    return rows
  },
  write(world, n, row) {
    const random = world.random('citations', n)
    const cites = citedBy(random)
    if (!cites.factor && !cites.document) return
    const { status, completedAt, factor: number, reached } = executionFacts(world, n)
    if (status !== 'completed') return
    const common = [world.id('workflow_executions', n), world.id('agents', reached[0]?.number ?? 0)]
    const factor = world.factors[number]
    if (cites.factor && factor) {
      const { cid, source, title, url, contentHash, details } = factor
      const content = [cid, 'emission_factor', source, title, url, contentHash, details]
      row([world.id('citations', n * mostCitations), ...common, ...content, time(completedAt)])
    }
    if (cites.document) {
      const { type, source, title, url, contentHash } = random.pick(documents)
      const content = [
        null,
        type,
        source,
        title,
        url || null,
        contentHash,
        json({ section: 1 + random.below(9) }),
      ]
      row([world.id('citations', n * mostCitations + 1), ...common, ...content, time(completedAt)])
    }
  },
}

function citedBy(random: RowRandom): { factor: boolean; document: boolean } {
  return { factor: random.chance(0.72), document: random.chance(0.13) }
}
