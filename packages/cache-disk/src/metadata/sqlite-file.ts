/** One database file, whichever binding holds it. */
import { MissingBindingError } from '../error.ts'
import type { MetadataBinding } from './metadata-store.ts'
import { loadNodeSqlite, openNodeSqlite } from './node-sqlite.ts'
import { loadSqlite3, openSqlite3 } from './sqlite3.ts'

export type Parameter = string | number | null

/** Statements are compiled once each. Calls must not overlap. Errors carry `code`, such as `SQLITE_BUSY`. */
export interface SqliteFile {
  /** One or more statements without parameters. */
  exec(sql: string): Promise<void>
  run(sql: string, ...parameters: Parameter[]): Promise<void>
  all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]>
  close(): Promise<void>
}

/**
 * Opens a file that is there; its path may not lead over a symbolic link.
 * @throws MissingBindingError if the binding cannot be loaded; with `'auto'`, if neither can.
 */
export async function openSqlite(path: string, binding: MetadataBinding): Promise<SqliteFile> {
  if (binding === 'node:sqlite') {
    await loaded(loadNodeSqlite)
    return openNodeSqlite(path)
  }
  if (binding === 'auto' && !(await isThere(loadSqlite3)) && (await isThere(loadNodeSqlite)))
    return openNodeSqlite(path)
  return openSqlite3(await loaded(loadSqlite3), path)
}

async function isThere(load: () => Promise<unknown>): Promise<boolean> {
  return load().then(
    () => true,
    () => false,
  )
}

async function loaded<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    throw new MissingBindingError({ cause })
  }
}
