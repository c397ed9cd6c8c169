/** A database of its own inside a server that others use too. */
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { ServerStartError, ServerUrlError } from './error.ts'

export interface TemporaryDatabase {
  readonly url: string
  /** Ends its connections and removes it. Idempotent. */
  drop(): Promise<void>
}

/**
 * A new, empty database in the server of `serverUrl`, its name beginning with `prefix` (letters, digits, `_`).
 * @throws ServerUrlError when its user may not create one, ServerStartError when the server's disk is full; any other
 * error is PostgreSQL's own.
 */
export async function createTemporaryDatabase(serverUrl: string, prefix: string): Promise<TemporaryDatabase> {
  const name = `${prefix}_${process.pid}_${randomBytes(6).toString('hex')}`
  await runOnce(serverUrl, `CREATE DATABASE ${name}`).catch((error: unknown) => {
    throw explained(error)
  })
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOnce(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

/** The two refusals that a person can do something about; any other error is told as it came. */
function explained(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown }
  if (code === '42501') return notAllowed(error)
  return code === '53100' ? diskFull(error) : error
}

function diskFull(cause: unknown): ServerStartError {
  const message =
    'the disk of the PostgreSQL server is full, there is no room for a database; free some space, then run again'
  return new ServerStartError('PostgreSQL', 'disk-full', message, { cause })
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
