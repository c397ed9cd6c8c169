/** A database of its own inside a server that others use too. */
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'

export interface TemporaryDatabase {
  readonly url: string
  /** Ends its connections and removes it. Idempotent. */
  drop(): Promise<void>
}

/** A new, empty database in the server of `serverUrl`, its name beginning with `prefix` (letters, digits, `_`). */
export async function createTemporaryDatabase(serverUrl: string, prefix: string): Promise<TemporaryDatabase> {
  const name = `${prefix}_${process.pid}_${randomBytes(6).toString('hex')}`
  await runOnce(serverUrl, `CREATE DATABASE ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOnce(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function runOnce(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
