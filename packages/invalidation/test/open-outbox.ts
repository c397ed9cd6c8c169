import { createTestDatabase, type TemporaryDatabase } from '@greenlang/servers'
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import pg from 'pg'
import { outboxSql, type PostgresSource, type PostgresSourceOptions, postgresSource } from '../src/index.ts'
import { type RecordingCache, recordingCache } from './recording-cache.ts'

export interface OpenedSource extends PostgresSource {
  readonly cache: RecordingCache
  readonly errors: unknown[]
  readonly states: string[]
  /** Keys that were invalidated, in order. */
  readonly keys: () => readonly string[]
}

/** Gives the tests of one file a database of their own, and each test an empty outbox. */
export function useOutbox() {
  let database: TemporaryDatabase
  let admin: pg.Client
  const sources: PostgresSource[] = []
  const clients: pg.Client[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
    admin = new pg.Client(database.url)
    await admin.connect()
  })
  beforeEach(async () => {
    await run(outboxSql().up)
  })
  afterEach(async () => {
    await Promise.all(sources.splice(0).map(source => source.close()))
    await Promise.all(clients.splice(0).map(client => client.end()))
    await run(outboxSql().down)
  })
  afterAll(async () => {
    await admin.end()
    await database.drop()
  })
  const sql = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
    (await admin.query(text, values)).rows
  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await sql(statement)
  }
  return {
    sql,
    run,
    /** Another session, ended after the test. */
    async client(): Promise<pg.Client> {
      const client = new pg.Client(database.url)
      await client.connect()
      clients.push(client)
      return client
    },
    open(options: Partial<PostgresSourceOptions> = {}): OpenedSource {
      const source = openSource(database.url, options)
      sources.push(source)
      return source
    },
    async rows(): Promise<number> {
      return Number((await sql('select count(*) as n from greenlang_invalidations'))[0]?.n)
    },
    /** How many sessions of sources the server has. */
    async sessions(): Promise<number> {
      const [row] = await sql(
        `select count(*) as n from pg_stat_activity where application_name = 'source' and datname = current_database()`,
      )
      return Number(row?.n)
    },
    /** Ends the sessions that listen, which is the bridge's. */
    async killBridge(): Promise<void> {
      await sql(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
and database = (select oid from pg_database where datname = current_database())`)
    },
  }
}

function openSource(url: string, options: Partial<PostgresSourceOptions>): OpenedSource {
  const cache = recordingCache()
  const errors: unknown[] = []
  const states: string[] = []
  const source = postgresSource({
    target: cache,
    connect: async () => {
      const client = new pg.Client({ connectionString: url, application_name: 'source' })
      await client.connect()
      return client
    },
    onError: error => void errors.push(error),
    onState: ({ kind }) => void states.push(kind),
    ...options,
  })
  const keys = () => cache.asked.flatMap(one => ('keys' in one ? one.keys : []))
  const seen = { cache, errors, states, keys }
  return Object.assign(source, seen)
}

/** Polls until `holds`, for at most ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came true: ${holds}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
