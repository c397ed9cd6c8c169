import { index, inet, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, type JsonObject, oneOf } from './columns.ts'
import { users } from './users.ts'

export const auditResults = ['success', 'denied', 'failure'] as const

/** Append-only; it outlives the user it speaks of. */
export const auditLogs = pgTable(
  'audit_logs',
  {
    id: id(),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    action: varchar('action', { length: 100 }).notNull(),
    resourceType: varchar('resource_type', { length: 100 }),
    resourceId: varchar('resource_id', { length: 255 }),
    ipAddress: inet('ip_address'),
    result: varchar('result', { length: 32, enum: auditResults }).notNull().default('success'),
    metadata: jsonb('metadata').$type<JsonObject>().notNull().default({}),
    userAgent: text('user_agent'),
    sessionId: varchar('session_id', { length: 64 }),
    createdAt: createdAt(),
  },
  table => [
    index('audit_logs_user_id_idx').on(table.userId),
    oneOf('audit_logs_result_check', table.result, auditResults),
  ],
)
