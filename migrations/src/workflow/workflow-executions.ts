import { index, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, type JsonObject, moment, oneOf, rowVersion, updatedAt } from './columns.ts'
import { users } from './users.ts'
import { workflows } from './workflows.ts'

/** `failed`: the workflow ran and its result was refused; `error`: it could not run to its end. */
export const workflowExecutionStatuses = [
  'pending',
  'queued',
  'running',
  'completed',
  'failed',
  'error',
  'cancelled',
] as const

export const workflowExecutions = pgTable(
  'workflow_executions',
  {
    id: id(),
    workflowId: uuid('workflow_id')
      .notNull()
      .references(() => workflows.id),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    status: varchar('status', { length: 32, enum: workflowExecutionStatuses }).notNull().default('pending'),
    errorMessage: text('error_message'),
    input: jsonb('input').$type<JsonObject>().notNull().default({}),
    output: jsonb('output').$type<JsonObject>(),
    startedAt: moment('started_at'),
    completedAt: moment('completed_at'),
    rowVersion: rowVersion(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  table => [
    index('workflow_executions_workflow_id_idx').on(table.workflowId),
    index('workflow_executions_user_id_idx').on(table.userId),
    oneOf('workflow_executions_status_check', table.status, workflowExecutionStatuses),
  ],
)
