import { index, integer, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core'
import { agents } from './agents.ts'
import { createdAt, id, type JsonObject, oneOf } from './columns.ts'
import { workflowExecutions } from './workflow-executions.ts'

export const agentResultStatuses = ['pending', 'running', 'completed', 'error', 'skipped'] as const

/** What one agent returned in one execution. */
export const agentResults = pgTable(
  'agent_results',
  {
    id: id(),
    workflowExecutionId: uuid('workflow_execution_id')
      .notNull()
      .references(() => workflowExecutions.id, { onDelete: 'cascade' }),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id),
    status: varchar('status', { length: 32, enum: agentResultStatuses }).notNull().default('pending'),
    executionTimeMs: integer('execution_time_ms'),
    result: jsonb('result').$type<JsonObject>(),
    error: text('error'),
    attempt: integer('attempt').notNull().default(1),
    createdAt: createdAt(),
  },
  table => [
    index('agent_results_workflow_execution_id_idx').on(table.workflowExecutionId),
    index('agent_results_agent_id_idx').on(table.agentId),
    oneOf('agent_results_status_check', table.status, agentResultStatuses),
  ],
)
