/** Columns and checks that several tables share. Dates are JavaScript dates; all times are stored with their zone. */
import { sql } from 'drizzle-orm'
import { type AnyPgColumn, bigint, check, timestamp, uuid } from 'drizzle-orm/pg-core'

export const id = () => uuid('id').primaryKey().defaultRandom()

export const moment = (name: string) => timestamp(name, { withTimezone: true })

export const createdAt = () => moment('created_at').notNull().defaultNow()

export const updatedAt = () => moment('updated_at').notNull().defaultNow()

/** 1 at birth; the trigger `bump_row_version` adds 1 on every UPDATE, whatever the statement says. */
export const rowVersion = () => bigint('row_version', { mode: 'number' }).notNull().default(1)

/** A check that `column` holds one of `values`. The values are our own constants: they go into the SQL as they are. */
export function oneOf(name: string, column: AnyPgColumn, values: readonly string[]) {
  const list = values.map(value => `'${value}'`).join(', ')
  return check(name, sql`${column} in (${sql.raw(list)})`)
}

/** A JSON object whose shape the application decides. */
export type JsonObject = Record<string, unknown>
