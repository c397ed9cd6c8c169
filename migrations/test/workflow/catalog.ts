/** What PostgreSQL itself says is in the current schema, in words that two schemas can be compared by. */
import type { Queryable } from '@greenlang/core'

export interface Catalog {
  columns: object[]
  constraints: object[]
  indexes: object[]
  triggers: object[]
  functions: object[]
  extensions: object[]
}

const questions: Record<keyof Catalog, string> = {
  columns: `SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable,
    column_default FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2`,
  constraints: `SELECT conrelid::regclass::text AS table_name, conname, contype, convalidated,
    pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace AND contype IN ('p', 'u', 'f', 'c') ORDER BY 1, 2`,
  indexes: `SELECT indexname, replace(indexdef, current_schema() || '.', '') AS definition FROM pg_indexes
    WHERE schemaname = current_schema() ORDER BY 1`,
  triggers: `SELECT tgrelid::regclass::text AS table_name, tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace ORDER BY 1, 2`,
  functions: `SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY 1`,
  extensions: `SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1`,
}

export async function readCatalog(client: Queryable): Promise<Catalog> {
  const catalog: Partial<Catalog> = {}
  for (const [subject, text] of Object.entries(questions) as [keyof Catalog, string][])
    catalog[subject] = (await client.query(text)).rows
  return catalog as Catalog
}

export async function isEmpty(client: Queryable): Promise<boolean> {
  return Object.values(await readCatalog(client)).every((found: object[]) => found.length === 0)
}
