import { createServer } from 'node:net'
import { isGreenlangError } from '@greenlang/core'
import { createTestDatabase, type TemporaryDatabase } from '@greenlang/servers'
import { type LoadOptions, type LoadProgress, loadWorkflowData } from '@greenlang/workflow-data'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import pg from 'pg'

let database: TemporaryDatabase
let admin: pg.Client

beforeEach(async () => {
  database = await createTestDatabase()
  admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
})

afterEach(async () => {
  await admin.end()
  await database.drop()
})

const load = (options: Partial<LoadOptions>) =>
  loadWorkflowData({ url: database.url, scale: 'small', ...options })
const connections = () =>
  countOf(`pg_stat_activity WHERE application_name = 'greenlang workflow-data'
  AND datname = current_database()`)
const relations = () => countOf(`pg_class WHERE relnamespace = 'public'::regnamespace`)
const countOf = async (from: string) =>
  Number((await admin.query(`SELECT count(*) AS n FROM ${from}`)).rows[0].n)

/** Runs `deed` once, when the load first tells what `when` waits for. */
function once(when: (progress: LoadProgress) => boolean, deed: () => void) {
  let isDone = false
  return (progress: LoadProgress) => {
    if (isDone || !when(progress)) return
    isDone = true
    deed()
  }
}

/** A backend leaves the list a moment after its client has gone; one that was forgotten never does. */
async function untilNoConnections() {
  const end = performance.now() + 10_000
  while ((await connections()) > 0 && performance.now() < end)
    await new Promise(resolve => setTimeout(resolve, 20))
  expect(await connections()).toBe(0)
}

async function expectNothingLeft() {
  await untilNoConnections()
  expect(await relations()).toBe(0)
}

describe('an abort', () => {
  it('before the load opens no connection', async () => {
    const load1 = load({ signal: AbortSignal.abort(new Error('not today')) })
    await expect(load1).rejects.toMatchObject({ reason: 'aborted', cause: { message: 'not today' } })
    await expectNothingLeft()
  })

  it.each(['create', 'copy', 'index', 'analyze'] as const)(
    'while in phase %s leaves nothing',
    async phase => {
      const abort = new AbortController()
      const onProgress = once(
        progress => progress.phase === phase,
        () => abort.abort(),
      )
      await expect(load({ signal: abort.signal, onProgress })).rejects.toMatchObject({
        code: 'WORKFLOW_DATA',
        reason: 'aborted',
      })
      await expectNothingLeft()
    },
  )

  it('in the middle of a large copy leaves nothing, at once', async () => {
    const abort = new AbortController()
    let abortedAt = 0
    let rows = 0
    const onProgress = (progress: LoadProgress) => {
      if (progress.rows < 20_000 || abort.signal.aborted) return
      abortedAt = performance.now()
      rows = progress.rows
      abort.abort()
    }
    const aborted = load({ scale: 'demo', signal: abort.signal, onProgress })
    await expect(aborted).rejects.toThrow(
      /^the load of workflow data was aborted while copying \w+; call it again/,
    )
    expect(performance.now() - abortedAt).toBeLessThan(5_000)
    // The beat was heard while the first table was copied: COPY leaves turns of the event loop to others.
    expect(rows).toBeLessThan(250_000)
    await expectNothingLeft()
  })
})

describe('a failure', () => {
  it('of every connection, in the middle, is one typed error', async () => {
    const onProgress = once(
      progress => progress.phase === 'copy',
      () => {
        void admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'greenlang workflow-data' AND datname = current_database()`)
      },
    )
    await expect(load({ scale: 'demo', onProgress })).rejects.toMatchObject({ reason: 'connection' })
    await untilNoConnections()
  })

  it('of one connection ends the others too, and drops the tables', async () => {
    const onProgress = once(
      progress => progress.rows > 1_000,
      () => {
        void admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE query LIKE 'COPY agent_results%' AND datname = current_database()`)
      },
    )
    await expect(load({ scale: 'demo', onProgress })).rejects.toMatchObject({
      reason: 'connection',
      activity: 'copying agent_results',
    })
    await expectNothingLeft()
  })

  it('of a full disk says so, and leaves nothing', async () => {
    await admin.query(`CREATE SCHEMA hindrance;
      CREATE FUNCTION hindrance.full() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
      CREATE EVENT TRIGGER full_disk ON ddl_command_end WHEN TAG IN ('CREATE INDEX')
        EXECUTE FUNCTION hindrance.full()`)
    await expect(load({})).rejects.toMatchObject({
      reason: 'disk-full',
      sqlState: '53100',
      message: expect.stringMatching(
        /^the disk of PostgreSQL's server is full while indexing \w+ \(SQLSTATE 53100\); free/,
      ),
    })
    await expectNothingLeft()
  })

  it('of tables in the way leaves them as they are, unless told to replace them', async () => {
    await admin.query(`CREATE TABLE citations (mine text); INSERT INTO citations VALUES ('kept')`)
    await expect(load({})).rejects.toMatchObject({ reason: 'exists', sqlState: '42P07' })
    expect((await admin.query('SELECT * FROM citations')).rows).toEqual([{ mine: 'kept' }])
    await untilNoConnections()
    const first = await load({ replace: true })
    await expect(load({})).rejects.toMatchObject({ reason: 'exists' })
    const second = await load({ replace: true })
    expect(second.rows).toEqual(first.rows)
  })

  it('of a listener ends the load with what it threw', async () => {
    const onProgress = (progress: LoadProgress) => {
      if (progress.phase === 'index') throw new Error('no more paper')
    }
    await expect(load({ onProgress })).rejects.toMatchObject({
      reason: 'aborted',
      cause: { message: 'no more paper' },
    })
    await expectNothingLeft()
  })

  it('to connect, refused or refused entry, names no password', async () => {
    const closedPort = await freePort()
    const urls = [`postgres://ann:s3cret@127.0.0.1:${closedPort}/x`, `${database.url}_nowhere`]
    for (const url of urls) {
      const error = await loadWorkflowData({ url, scale: 'small' }).catch((reason: unknown) => reason)
      expect(isGreenlangError(error, 'WORKFLOW_DATA')).toBe(true)
      expect(error).toMatchObject({
        reason: 'connection',
        message: expect.stringContaining('check that the server runs'),
      })
      expect(String((error as Error).message)).not.toContain('s3cret')
    }
  })

  it('to be answered at all can be aborted', async () => {
    const silent = createServer(socket => void socket.resume().on('error', () => {}))
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const abort = new AbortController()
    const onProgress = once(
      progress => progress.elapsedMs > 0,
      () => setImmediate(() => abort.abort()),
    )
    const url = `postgres://ann@127.0.0.1:${port}/x`
    await expect(load({ url, signal: abort.signal, onProgress })).rejects.toMatchObject({ reason: 'aborted' })
    const open = await new Promise(resolve => silent.getConnections((_, count) => resolve(count)))
    await new Promise(resolve => silent.close(resolve))
    expect(open).toBeLessThanOrEqual(4)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}
