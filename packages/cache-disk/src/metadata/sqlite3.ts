/** The few calls of the npm package `sqlite3` that are used, as promises. It works on threads of libuv's pool. */
import type { Parameter, SqliteFile } from './sqlite-file.ts'

type Done = (error: Error | null) => void
type DoneWith<T> = (error: Error | null, result: T) => void

interface NativeStatement {
  run(parameters: readonly Parameter[], done: Done): unknown
  all(parameters: readonly Parameter[], done: DoneWith<unknown[]>): unknown
  finalize(done: Done): unknown
}

interface NativeDatabase {
  exec(sql: string, done: Done): unknown
  prepare(sql: string, done: Done): NativeStatement
  close(done: Done): unknown
}

interface Sqlite3 {
  readonly Database: new (path: string, flags: number, done: Done) => NativeDatabase
}

const openReadWrite = 0x02
const openNoFollow = 0x01000000

let loaded: Promise<Sqlite3> | undefined

/**
 * Loaded when a directory is first opened, and once: a process that has given up its rights since, or run out of
 * descriptors, heals without reading the package's files again. Rejects if it is not installed or has no native part.
 */
export function loadSqlite3(): Promise<Sqlite3> {
  loaded ??= load().catch(error => {
    loaded = undefined
    throw error
  })
  return loaded
}

async function load(): Promise<Sqlite3> {
  return ((await import('sqlite3')) as unknown as { default: Sqlite3 }).default
}

export async function openSqlite3({ Database }: Sqlite3, path: string): Promise<SqliteFile> {
  const database = await new Promise<NativeDatabase>((resolve, reject) => {
    const opened: NativeDatabase = new Database(path, openReadWrite | openNoFollow, error =>
      error ? reject(error) : resolve(opened),
    )
  })
  return new Sqlite3File(database)
}

class Sqlite3File implements SqliteFile {
  readonly #database: NativeDatabase
  readonly #statements = new Map<string, NativeStatement>()

  constructor(database: NativeDatabase) {
    this.#database = database
  }

  exec(sql: string): Promise<void> {
    return call(done => this.#database.exec(sql, done))
  }

  async run(sql: string, ...parameters: Parameter[]): Promise<void> {
    const statement = this.#statements.get(sql) ?? (await this.#prepare(sql))
    await call(done => statement.run(parameters, done))
  }

  async all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const statement = this.#statements.get(sql) ?? (await this.#prepare(sql))
    return new Promise((resolve, reject) => {
      statement.all(parameters, (error, rows) => (error ? reject(error) : resolve(rows as Row[])))
    })
  }

  async close(): Promise<void> {
    for (const statement of this.#statements.values()) await call(done => statement.finalize(done))
    this.#statements.clear()
    await call(done => this.#database.close(done))
  }

  async #prepare(sql: string): Promise<NativeStatement> {
    const statement = await new Promise<NativeStatement>((resolve, reject) => {
      const prepared: NativeStatement = this.#database.prepare(sql, error =>
        error ? reject(error) : resolve(prepared),
      )
    })
    this.#statements.set(sql, statement)
    return statement
  }
}

function call(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => start(error => (error ? reject(error) : resolve())))
}
