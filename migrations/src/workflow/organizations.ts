import { boolean, jsonb, pgTable, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, type JsonObject, moment, rowVersion, updatedAt } from './columns.ts'

export const organizations = pgTable('organizations', {
  id: id(),
  name: varchar('name', { length: 255 }).notNull(),
  slug: varchar('slug', { length: 100 }).notNull().unique(),
  organizationType: varchar('organization_type', { length: 50 }).notNull(),
  isActive: boolean('is_active').notNull().default(true),
  settings: jsonb('settings').$type<JsonObject>().notNull().default({}),
  rowVersion: rowVersion(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
  deletedAt: moment('deleted_at'),
})
