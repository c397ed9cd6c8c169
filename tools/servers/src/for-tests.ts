/** What tests of other packages use: the servers that the test run was given, shared politely. */
import { randomBytes } from 'node:crypto'
import { GreenlangError } from '@greenlang/core'
import { Client } from 'pg'

/** A test was run without the servers it needs. */
export class TestServerMissingError extends GreenlangError {
  readonly code = 'TEST_SERVER_MISSING'
  /** The environment variable that is not set. */
  readonly variable: string

  constructor(variable: string) {
    super(`${variable} is not set: run "npm test", which starts the servers, or set it to a server for tests`)
    this.variable = variable
  }
}

/** A database of its own inside the server of DATABASE_URL. */
export interface TestDatabase {
  readonly url: string
  /** Ends its connections and removes it. Idempotent. */
  drop(): Promise<void>
}

/**
 * The Redis of the test run. It is shared: use keys under a prefix of your own, and never flush it.
 * @throws TestServerMissingError when REDIS_URL is not set.
 */
export function testRedisUrl(): string {
  return required('REDIS_URL')
}

/**
 * A new, empty database in the PostgreSQL of the test run.
 * @throws TestServerMissingError when DATABASE_URL is not set.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = required('DATABASE_URL')
  const name = `greenlang_test_${process.pid}_${randomBytes(6).toString('hex')}`
  await runOnce(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOnce(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
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

function required(variable: string): string {
  const value = process.env[variable]
  if (value === undefined || value === '') throw new TestServerMissingError(variable)
  return value
}
