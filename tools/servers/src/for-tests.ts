/** What tests of other packages use: the servers that the test run was given, shared politely. */
import { GreenlangError } from '@greenlang/core'
import { createTemporaryDatabase, type TemporaryDatabase } from './temporary-database.ts'

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
export async function createTestDatabase(): Promise<TemporaryDatabase> {
  return createTemporaryDatabase(required('DATABASE_URL'), 'greenlang_test')
}

function required(variable: string): string {
  const value = process.env[variable]
  if (value === undefined || value === '') throw new TestServerMissingError(variable)
  return value
}
