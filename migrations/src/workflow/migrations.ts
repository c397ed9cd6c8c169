import { readFileSync } from 'node:fs'
import type { Queryable } from '@greenlang/core'

/** One step of the schema. */
export interface Migration {
  /** Number and name; migrations are applied in this order. */
  readonly name: string
  /** SQL that makes the step: one or more statements, to be sent as one simple query, so as one transaction. */
  readonly up: string
  /** SQL that undoes it, whole or half-made. */
  readonly down: string
}

/** The SQL is read when asked for: a service that imports only the tables may be bundled into one file. */
function packaged(name: string): Migration {
  return {
    name,
    get up() {
      return readSql(`${name}.up.sql`)
    },
    get down() {
      return readSql(`${name}.down.sql`)
    },
  }
}

/** From `src/workflow` and from `dist/workflow` alike, the files are in `workflow` at the root of the package. */
function readSql(file: string): string {
  return readFileSync(new URL(`../../workflow/${file}`, import.meta.url), 'utf8')
}

/** The eleven tables without keys, pg_trgm and the trigger that counts row versions. */
export const baseMigration: Migration = packaged('0001_base')

/** Primary, unique and foreign keys, their indexes, trigram search. Plain statements: no `;` but at the end of each. */
export const keysMigration: Migration = packaged('0002_keys')

/** Every migration of the workflow database, in the order they go up. */
export const workflowMigrations: readonly Migration[] = [baseMigration, keysMigration]

/**
 * Makes the workflow database in the first schema of `search_path`, each migration in a transaction of its own.
 * Rejects with the driver's error if a table is there already. Keeps no record of what ran.
 */
export async function applyWorkflowSchema(client: Queryable): Promise<void> {
  for (const migration of workflowMigrations) await client.query(migration.up)
}

/** Drops the workflow database with all its rows; does nothing where there is none. */
export async function dropWorkflowSchema(client: Queryable): Promise<void> {
  for (const migration of workflowMigrations.toReversed()) await client.query(migration.down)
}
