/** A database of its own inside a server that others use too. */
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { ServerUrlError } from './error.ts'

export interface TemporaryDatabase {
  readonly url: string
  /** Ends its connections and removes it. Idempotent. */
  drop(): Promise<void>
}

/**
 * A new, empty database in the server of `serverUrl`, its name beginning with `prefix` (letters, digits, `_`).
 * @throws ServerUrlError when its user may not create one; any other error is PostgreSQL's own.
 */
export async function createTemporaryDatabase(serverUrl: string, prefix: string): Promise<TemporaryDatabase> {
  const name = `${prefix}_${process.pid}_${randomBytes(6).toString('hex')}`
  await runOnce(serverUrl, `CREATE DATABASE ${name}`).catch((error: unknown) => {
    throw isForbidden(error) ? notAllowed(error) : error
  })
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOnce(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

function isForbidden(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === '42501'
}

function notAllowed(cause: unknown): ServerUrlError {
  const message =
    'the user of DATABASE_URL may not create databases; grant CREATEDB, or unset DATABASE_URL to have a server started'
  return new ServerUrlError('DATABASE_URL', 'not-allowed', message, { cause })
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
