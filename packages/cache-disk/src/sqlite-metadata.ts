/** `MetadataStore` in one SQLite file. The directory is locked already, so nobody else writes to it. */
import { rm } from 'node:fs/promises'
import { createPrivate } from './directory-lock.ts'
import { errorCode } from './error.ts'
import type { EntryRow, MetadataStore } from './metadata-store.ts'
import { openSqlite, type SqliteFile } from './sqlite-binding.ts'

const schemaVersion = 1
const pageRows = 5_000
const batchRows = 1_000

const pragmas = `
  PRAGMA busy_timeout = 0;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 4194304;`
const schema = `
  BEGIN;
  CREATE TABLE IF NOT EXISTS entries (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, expires_at REAL, used_at REAL NOT NULL);
  CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires_at);
  PRAGMA user_version = ${schemaVersion};
  COMMIT`
const page =
  'SELECT rowid AS id, name, size, expires_at, used_at FROM entries WHERE rowid > ? ORDER BY rowid LIMIT ?'
/** Rows and names travel as one JSON text, so that a batch is one call. */
const put = `
  INSERT INTO entries (name, size, expires_at, used_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
  ON CONFLICT (name) DO UPDATE
  SET size = excluded.size, expires_at = excluded.expires_at, used_at = excluded.used_at`
const remove = 'DELETE FROM entries WHERE name IN (SELECT value FROM json_each(?))'
const touch = `
  UPDATE entries SET used_at = touched.value ->> 1
  FROM json_each(?) AS touched WHERE entries.name = touched.value ->> 0`
const expired = 'SELECT name FROM entries WHERE expires_at <= ? LIMIT ?'

interface Row {
  readonly id: number
  readonly name: unknown
  readonly size: unknown
  readonly expires_at: unknown
  readonly used_at: unknown
}

/** An index that is damaged or of another version is replaced by an empty one: its files are then swept away. */
export async function openSqliteMetadata(path: string): Promise<MetadataStore> {
  const file = (await openIndex(path)) ?? (await replaceIndex(path))
  return new SqliteMetadata(file)
}

async function replaceIndex(path: string): Promise<SqliteFile> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(path + suffix, { force: true })
  const file = await openIndex(path)
  if (file) return file
  throw new Error(`SQLite refuses the index it has just made, ${path}`)
}

/** `undefined` if the file is not an index of this version, or damaged. */
async function openIndex(path: string): Promise<SqliteFile | undefined> {
  await createPrivate(path)
  const file = await openSqlite(path)
  try {
    await file.exec(pragmas)
    const [row] = await file.all<{ user_version: number }>('PRAGMA user_version')
    if (row?.user_version === 0 || row?.user_version === schemaVersion) {
      await file.exec(schema)
      const problems = await file.all<{ quick_check: string }>('PRAGMA quick_check(1)')
      if (problems[0]?.quick_check === 'ok') return file
    }
  } catch (error) {
    if (!isDamage(error)) {
      await file.close()
      throw error
    }
  }
  await file.close()
  return undefined
}

/** `SQLITE_ERROR` is what statements get from a table of another shape. */
function isDamage(error: unknown): boolean {
  return ['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_ERROR'].includes(errorCode(error) ?? '')
}

class SqliteMetadata implements MetadataStore {
  readonly #file: SqliteFile
  #changes = new Map<string, EntryRow | undefined>()
  readonly #touches = new Map<string, number>()
  #scheduled: Promise<void> | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(file: SqliteFile) {
    this.#file = file
  }

  async load(onPage: (rows: readonly EntryRow[]) => void): Promise<void> {
    for (let after = 0; ; ) {
      const rows = await this.#file.all<Row>(page, after, pageRows)
      onPage(rows.map(toEntryRow).filter(row => row !== undefined))
      const last = rows.at(-1)
      if (!last || rows.length < pageRows) return
      after = last.id
    }
  }

  put(row: EntryRow): Promise<void> {
    this.#changes.set(row.name, row)
    this.#touches.delete(row.name)
    return this.#written()
  }

  remove(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#changes.set(name, undefined)
      this.#touches.delete(name)
    }
    return this.#written()
  }

  touch(name: string, usedAt: number): void {
    this.#touches.set(name, usedAt)
  }

  async expired(now: number, limit: number): Promise<readonly string[]> {
    return (await this.#file.all<{ name: string }>(expired, now, limit)).map(row => row.name)
  }

  async clear(): Promise<void> {
    this.#changes.clear()
    this.#touches.clear()
    await this.#running
    await this.#file.exec('DELETE FROM entries')
  }

  async close(): Promise<void> {
    await this.#running
    try {
      while (this.#touches.size > 0) await this.#writeTouches()
    } finally {
      await this.#file.close()
    }
  }

  /** Resolves once all that is remembered so far is in the file. */
  #written(): Promise<void> {
    if (!this.#scheduled) {
      const flushed = this.#running.then(() => {
        this.#scheduled = undefined
        return this.#flush()
      })
      this.#scheduled = flushed
      this.#running = flushed.catch(() => undefined)
    }
    return this.#scheduled
  }

  async #flush(): Promise<void> {
    const changes = [...this.#changes]
    this.#changes = new Map()
    for (let start = 0; start < changes.length; start += batchRows) {
      const batch = changes.slice(start, start + batchRows)
      const rows = batch.flatMap(([, row]) => (row ? [fromEntryRow(row)] : []))
      const gone = batch.flatMap(([name, row]) => (row ? [] : [name]))
      if (rows.length > 0) await this.#file.run(put, JSON.stringify(rows))
      if (gone.length > 0) await this.#file.run(remove, JSON.stringify(gone))
    }
    if (this.#touches.size > 0) await this.#writeTouches()
  }

  async #writeTouches(): Promise<void> {
    const batch: [string, number][] = []
    for (const touched of this.#touches) {
      if (batch.length === batchRows) break
      batch.push(touched)
    }
    for (const [name] of batch) this.#touches.delete(name)
    await this.#file.run(touch, JSON.stringify(batch))
  }
}

/** JSON has no Infinity: `null` stands for it. */
function fromEntryRow(row: EntryRow): unknown[] {
  return [row.name, row.size, Number.isFinite(row.expiresAt) ? row.expiresAt : null, row.usedAt]
}

/** SQLite has no checksums: a row that a damaged page made is left out. */
function toEntryRow(row: Row): EntryRow | undefined {
  const { name, size, used_at: usedAt } = row
  const expiresAt = row.expires_at ?? Number.POSITIVE_INFINITY
  if (typeof name !== 'string' || !/^[0-9a-f]{64}$/.test(name)) return undefined
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size <= 0) return undefined
  return typeof expiresAt === 'number' && typeof usedAt === 'number'
    ? { name, size, expiresAt, usedAt }
    : undefined
}
