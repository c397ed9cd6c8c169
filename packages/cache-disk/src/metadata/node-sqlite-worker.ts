/** The thread that holds a database of `node:sqlite`; it does what it is asked, in order. Types of this file's own only. */
import { parentPort } from 'node:worker_threads'

export type Request =
  | { readonly type: 'open'; readonly path: string }
  | { readonly type: 'exec'; readonly sql: string }
  | {
      readonly type: 'run' | 'all'
      readonly sql: string
      readonly parameters: readonly (string | number | null)[]
    }
  | { readonly type: 'close' }

export type Answer =
  | { readonly type: 'done'; readonly rows: readonly unknown[] }
  | { readonly type: 'failed'; readonly number: number | undefined; readonly message: string }

interface Statement {
  run(...parameters: readonly unknown[]): unknown
  all(...parameters: readonly unknown[]): unknown[]
}

interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Database
}

const { DatabaseSync } = (await import(['node', 'sqlite'].join(':'))) as NodeSqlite
const statements = new Map<string, Statement>()
let database: Database | undefined

parentPort?.on('message', (request: Request) => parentPort?.postMessage(answer(request)))

function answer(request: Request): Answer {
  try {
    return { type: 'done', rows: perform(request) }
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message: string }
    return { type: 'failed', number: errcode, message }
  }
}

function perform(request: Request): readonly unknown[] {
  if (request.type === 'open') {
    database = new DatabaseSync(request.path)
  } else if (request.type === 'close') {
    statements.clear()
    database?.close()
    database = undefined
  } else if (!database) {
    throw new Error('database is not open')
  } else if (request.type === 'exec') {
    database.exec(request.sql)
  } else {
    const statement = statements.get(request.sql) ?? database.prepare(request.sql)
    statements.set(request.sql, statement)
    // Rows of `node:sqlite` have no prototype; the message to the other thread gives them one.
    if (request.type === 'all') return statement.all(...request.parameters)
    statement.run(...request.parameters)
  }
  return []
}
