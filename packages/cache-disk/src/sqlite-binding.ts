/** The few calls of the npm package `sqlite3` that are used, as promises. Loaded when a directory is first opened. */
import { MissingBindingError } from './error.ts'

type Done = (error: Error | null) => void
type DoneWith<T> = (error: Error | null, result: T) => void

interface NativeStatement {
  run(parameters: readonly unknown[], done: Done): unknown
  all(parameters: readonly unknown[], done: DoneWith<unknown[]>): unknown
  finalize(done: Done): unknown
}

interface NativeDatabase {
  exec(sql: string, done: Done): unknown
  prepare(sql: string, done: Done): NativeStatement
  close(done: Done): unknown
}

interface Binding {
  Database: new (path: string, flags: number, done: Done) => NativeDatabase
}

const openReadWrite = 0x02
const openCreate = 0x04
const openNoFollow = 0x01000000

/**
 * One database file, made if absent; its path may not lead over a symbolic link.
 * @throws MissingBindingError if sqlite3 cannot be loaded.
 */
export async function openSqlite(path: string): Promise<SqliteFile> {
  const { Database } = await loadBinding()
  const database = await new Promise<NativeDatabase>((resolve, reject) => {
    const opened: NativeDatabase = new Database(path, openReadWrite | openCreate | openNoFollow, error =>
      error ? reject(error) : resolve(opened),
    )
  })
  return new SqliteFile(database)
}

/** A database handle. Bind only numbers, strings and null. */
export class SqliteFile {
  readonly #database: NativeDatabase
  readonly #statements = new Map<string, NativeStatement>()

  constructor(database: NativeDatabase) {
    this.#database = database
  }

  exec(sql: string): Promise<void> {
    return call(done => this.#database.exec(sql, done))
  }

  async run(sql: string, ...parameters: (string | number)[]): Promise<void> {
    const statement = await this.#prepared(sql)
    await call(done => statement.run(parameters, done))
  }

  async all<Row>(sql: string, ...parameters: (string | number)[]): Promise<Row[]> {
    const statement = await this.#prepared(sql)
    return new Promise((resolve, reject) => {
      statement.all(parameters, (error, rows) => (error ? reject(error) : resolve(rows as Row[])))
    })
  }

  async close(): Promise<void> {
    for (const statement of this.#statements.values()) await call(done => statement.finalize(done))
    this.#statements.clear()
    await call(done => this.#database.close(done))
  }

  async #prepared(sql: string): Promise<NativeStatement> {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = await new Promise<NativeStatement>((resolve, reject) => {
      const prepared: NativeStatement = this.#database.prepare(sql, error =>
        error ? reject(error) : resolve(prepared),
      )
    })
    this.#statements.set(sql, statement)
    return statement
  }
}

async function loadBinding(): Promise<Binding> {
  try {
    const loaded = (await import('sqlite3')) as unknown as { default: Binding }
    return loaded.default
  } catch (cause) {
    throw new MissingBindingError({ cause })
  }
}

function call(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => start(error => (error ? reject(error) : resolve())))
}
