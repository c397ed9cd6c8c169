import { boolean, jsonb, pgTable, text, unique, varchar } from 'drizzle-orm/pg-core'
import { createdAt, id, type JsonObject, rowVersion, updatedAt } from './columns.ts'

/** The steps a workflow is made of, each a program of its own: intake, calculation, validation, report. */
export const agents = pgTable(
  'agents',
  {
    id: id(),
    name: varchar('name', { length: 255 }).notNull(),
    type: varchar('type', { length: 50 }).notNull(),
    category: varchar('category', { length: 100 }),
    version: varchar('version', { length: 32 }).notNull().default('1.0.0'),
    description: text('description'),
    tags: jsonb('tags').$type<string[]>().notNull().default([]),
    isEnabled: boolean('is_enabled').notNull().default(true),
    capabilities: jsonb('capabilities').$type<JsonObject>().notNull().default({}),
    rowVersion: rowVersion(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  table => [unique('agents_name_version_unique').on(table.name, table.version)],
)
