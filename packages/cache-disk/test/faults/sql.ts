/** SQLite by the npm package, for what the tests do to an index behind the tier's back. */
interface Native {
  exec(sql: string, done: (error: Error | null) => void): unknown
  all(sql: string, done: (error: Error | null, rows: Record<string, unknown>[]) => void): unknown
  close(done: (error: Error | null) => void): unknown
}

export interface Sql {
  exec(sql: string): Promise<void>
  all(sql: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** The database at `path`, made if absent. */
export async function openSql(path: string): Promise<Sql> {
  const loaded = (await import('sqlite3')) as unknown as {
    default: { Database: new (path: string, done: (error: Error | null) => void) => Native }
  }
  const { Database } = loaded.default
  const native = await new Promise<Native>((resolve, reject) => {
    const opened: Native = new Database(path, error => (error ? reject(error) : resolve(opened)))
  })
  const call = (start: (done: (error: Error | null) => void) => unknown) =>
    new Promise<void>((resolve, reject) => {
      start(error => (error ? reject(error) : resolve()))
    })
  return {
    exec: sql => call(done => native.exec(sql, done)),
    close: () => call(done => native.close(done)),
    all: sql =>
      new Promise((resolve, reject) => {
        native.all(sql, (error, rows) => (error ? reject(error) : resolve(rows)))
      }),
  }
}
