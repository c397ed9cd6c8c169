import { boolean, index, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, type JsonObject, oneOf, rowVersion, updatedAt } from './columns.ts'
import { organizations } from './organizations.ts'
import { users } from './users.ts'

export const workflowStatuses = ['draft', 'active', 'paused', 'archived'] as const

export const workflows = pgTable(
  'workflows',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    organizationId: uuid('organization_id')
      .notNull()
      .references(() => organizations.id),
    name: varchar('name', { length: 255 }).notNull(),
    description: text('description'),
    category: varchar('category', { length: 100 }),
    status: varchar('status', { length: 32, enum: workflowStatuses }).notNull().default('draft'),
    isPublic: boolean('is_public').notNull().default(false),
    version: varchar('version', { length: 32 }).notNull().default('1.0.0'),
    definition: jsonb('definition').$type<JsonObject>().notNull().default({}),
    rowVersion: rowVersion(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  table => [
    index('workflows_user_id_idx').on(table.userId),
    index('workflows_organization_id_idx').on(table.organizationId),
    index('workflows_name_trgm_idx').using('gin', table.name.op('gin_trgm_ops')),
    index('workflows_description_trgm_idx').using('gin', table.description.op('gin_trgm_ops')),
    oneOf('workflows_status_check', table.status, workflowStatuses),
  ],
)
