import { char, index, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core'
import { agents } from './agents.ts'
import { createdAt, id, type JsonObject, oneOf } from './columns.ts'
import { workflowExecutions } from './workflow-executions.ts'

export const citationTypes = [
  'emission_factor',
  'regulatory',
  'methodology',
  'scientific',
  'company_data',
  'guidance',
  'database',
] as const

/** Where a figure of an execution comes from. Evidence: it does not go with its execution, it must be removed first. */
export const citations = pgTable(
  'citations',
  {
    id: id(),
    workflowExecutionId: uuid('workflow_execution_id')
      .notNull()
      .references(() => workflowExecutions.id),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id),
    /** Content id of the emission factor; null for a citation that is not one. */
    efCid: varchar('ef_cid', { length: 128 }),
    citationType: varchar('citation_type', { length: 50, enum: citationTypes }).notNull(),
    source: varchar('source', { length: 255 }).notNull(),
    title: text('title').notNull(),
    url: text('url'),
    /** SHA-256 of what was cited, in hex. */
    contentHash: char('content_hash', { length: 64 }),
    details: jsonb('details').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
  },
  table => [
    index('citations_workflow_execution_id_idx').on(table.workflowExecutionId),
    index('citations_agent_id_idx').on(table.agentId),
    oneOf('citations_citation_type_check', table.citationType, citationTypes),
  ],
)
