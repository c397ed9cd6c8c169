import { afterEach, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { createTestDatabase, testRedisUrl } from '../src/index.ts'

const environment = { ...process.env }

afterEach(() => {
  process.env.DATABASE_URL = environment.DATABASE_URL
  process.env.REDIS_URL = environment.REDIS_URL
})

async function askServer(text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new Client({ connectionString: environment.DATABASE_URL })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

async function databasesNamed(name: string): Promise<number> {
  return (await askServer('SELECT 1 FROM pg_database WHERE datname = $1', [name])).length
}

describe('createTestDatabase', () => {
  it('makes an empty database of its own and drops it under open connections', async () => {
    const database = await createTestDatabase()
    const name = new URL(database.url).pathname.slice(1)
    const client = new Client({ connectionString: database.url })
    client.on('error', () => {})
    await client.connect()
    const tables = await client.query(`SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace`)
    expect(tables.rows).toEqual([])
    expect(await databasesNamed(name)).toBe(1)
    await database.drop()
    await database.drop()
    expect(await databasesNamed(name)).toBe(0)
  })

  it('gives two callers two databases', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()])
    expect(one.url).not.toBe(two.url)
    await Promise.all([one.drop(), two.drop()])
  })

  it('says in one sentence that the user may not create databases', async () => {
    const role = `greenlang_test_guest_${process.pid}`
    await askServer(`CREATE ROLE ${role} LOGIN PASSWORD 'canary'`)
    const url = new URL(environment.DATABASE_URL ?? '')
    url.username = role
    url.password = 'canary'
    process.env.DATABASE_URL = url.href
    try {
      await expect(createTestDatabase()).rejects.toMatchObject({
        code: 'SERVER_URL',
        reason: 'not-allowed',
        message:
          'the user of DATABASE_URL may not create databases; grant CREATEDB, or unset DATABASE_URL to have a server started',
      })
    } finally {
      await askServer(`DROP ROLE ${role}`)
    }
  })

  it('says in one sentence that DATABASE_URL is not set', async () => {
    delete process.env.DATABASE_URL
    await expect(createTestDatabase()).rejects.toMatchObject({
      code: 'TEST_SERVER_MISSING',
      message:
        'DATABASE_URL is not set: run "npm test", which starts the servers, or set it to a server for tests',
    })
  })
})

describe('testRedisUrl', () => {
  it('is REDIS_URL', () => {
    process.env.REDIS_URL = 'redis://127.0.0.1:1'
    expect(testRedisUrl()).toBe('redis://127.0.0.1:1')
  })

  it('says in one sentence that REDIS_URL is not set', () => {
    process.env.REDIS_URL = ''
    expect(() => testRedisUrl()).toThrow(
      'REDIS_URL is not set: run "npm test", which starts the servers, or set it to a server for tests',
    )
  })
})
