import { index, jsonb, pgTable, uuid, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, type JsonObject } from './columns.ts'
import { users } from './users.ts'

/** Append-only. */
export const analyticsEvents = pgTable(
  'analytics_events',
  {
    id: id(),
    eventType: varchar('event_type', { length: 100 }).notNull(),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    sessionId: varchar('session_id', { length: 64 }),
    properties: jsonb('properties').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
  },
  table => [index('analytics_events_user_id_idx').on(table.userId)],
)
