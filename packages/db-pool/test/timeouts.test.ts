import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createPool } from '../src/index.ts'
import { backendPid, holdBack, openSilentServer, until, useDatabase } from './open-pool.ts'

const db = useDatabase()

describe('acquireTimeout', () => {
  it('ends a wait in the queue, and says what the pool looked like', async () => {
    const clock = fakeClock()
    const pool = db.open({ size: 1, name: 'orders', clock })
    const holder = await pool.connect()
    const waiting = pool.query("select 'secret'")
    const outcome = expect(waiting).rejects.toMatchObject({
      code: 'ACQUIRE_TIMEOUT',
      pool: 'orders',
      limitMs: 30_000,
      load: { active: 1, idle: 0, waiting: 1, max: 1 },
      message: expect.not.stringContaining('secret'),
    })
    await clock.advance('29s')
    expect(pool.stats()).toMatchObject({ waiting: 1, timeouts: 0 })
    await clock.advance('1s')
    await outcome
    expect(pool.stats()).toMatchObject({ waiting: 0, timeouts: 1 })
    holder.release()
    expect(await backendPid(pool)).toBeGreaterThan(0)
  })

  it('gives a connection that came too late to the next caller', async () => {
    const clock = fakeClock()
    const server = await holdBack(db.url)
    const pool = createPool({ url: server.url, size: 1, clock, acquireTimeout: '1s' })
    const late = expect(pool.connect()).rejects.toMatchObject({ code: 'ACQUIRE_TIMEOUT' })
    await clock.advance('1s')
    await late
    server.pass()
    await until(() => pool.stats().idle === 1)
    expect(pool.stats()).toMatchObject({ active: 0, acquired: 0, opened: 1 })
    await pool.close()
    await server.close()
  })

  it('covers a connect that hangs, leaves no socket, and names the failure from then on', async () => {
    const silent = await openSilentServer()
    const pool = createPool({ connection: silent.connection, size: 1, acquireTimeout: '60ms' })
    const first = await pool.query('select 1').catch((error: unknown) => error)
    expect(first).toMatchObject({ code: 'ACQUIRE_TIMEOUT' })
    expect(first).not.toHaveProperty('cause')
    await until(() => pool.stats().connectFailures === 1)
    const failure = await pool.query('select 1').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ACQUIRE_TIMEOUT', cause: expect.any(Error) })
    expect(String(failure)).not.toContain('canary')
    await pool.close()
    await silent.close()
  })

  it('passes on at once why a connect failed', async () => {
    const pool = createPool({ url: 'postgres://u:canary@127.0.0.1:1/d' })
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(pool.stats()).toMatchObject({ connectFailures: 1, active: 0, waiting: 0 })
    await pool.close()
  })
})

/** Keeps the event loop busy: no timer and no reply gets its turn. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

describe('a stall of our own event loop', () => {
  it('is not held against a server that has answered in the meantime', async () => {
    const pool = db.open({ size: 1, queryTimeout: '500ms' })
    const client = await pool.connect()
    const pid = await backendPid(client)
    const answer = client.query('select 1 as n')
    stall(1000)
    expect((await answer).rows).toEqual([{ n: 1 }])
    client.release()
    expect(await backendPid(pool)).toBe(pid)
  })

  it('ends a wait for a connection in words of ours, however long it was', async () => {
    const pool = db.open({ size: 1, acquireTimeout: '200ms' })
    const holder = await pool.connect()
    const waiting = pool.query('select 1')
    stall(500)
    await expect(waiting).rejects.toMatchObject({ code: 'ACQUIRE_TIMEOUT', load: { active: 1, waiting: 1 } })
    holder.release()
  })
})

describe('queryTimeout', () => {
  it('lets the server stop the query, and keeps the connection', async () => {
    const pool = db.open({ size: 1, queryTimeout: '300ms' })
    const pid = await backendPid(pool)
    const failure = await pool.query("select pg_sleep(5), 'secret'").catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'QUERY_TIMEOUT', limitMs: 300, cause: { code: '57014' } })
    expect(String(failure)).not.toContain('secret')
    expect(await backendPid(pool)).toBe(pid)
  })

  it('closes the connection where the server does not stop it', async () => {
    const pool = db.open({ size: 1, queryTimeout: '200ms' })
    const client = await pool.connect()
    const pid = await backendPid(client)
    await client.query('set statement_timeout = 0')
    await expect(client.query('select pg_sleep(5)')).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' })
    client.release()
    expect(await backendPid(pool)).not.toBe(pid)
    expect(pool.stats()).toMatchObject({ opened: 2, closed: 1 })
  })

  it('holds for callbacks too', async () => {
    const pool = db.open({ size: 1, queryTimeout: '200ms' })
    const client = await pool.connect()
    const failure = await new Promise(resolve =>
      client.query('select pg_sleep(5)', (error: unknown) => resolve(error)),
    )
    expect(failure).toMatchObject({ code: 'QUERY_TIMEOUT' })
    client.release()
  })

  it("leaves another's cancel request as PostgreSQL said it", async () => {
    const pool = db.open({ size: 1, queryTimeout: '20s' })
    const pid = await backendPid(pool)
    const running = expect(pool.query('select pg_sleep(20)')).rejects.toMatchObject({ code: '57014' })
    await until(
      async () => (await db.outside('select pg_cancel_backend($1) as sent', [pid]))[0]?.sent === true,
    )
    await running
    expect(await backendPid(pool)).toBe(pid)
  })

  it('bounds the wait for a query that was running at release', async () => {
    const pool = db.open({ size: 1, queryTimeout: '200ms' })
    const client = await pool.connect()
    const pid = await backendPid(client)
    await client.query('set statement_timeout = 0')
    const forgotten = client.query('select pg_sleep(5)').catch((error: unknown) => error)
    client.release()
    expect(await backendPid(pool)).not.toBe(pid)
    expect(await forgotten).toMatchObject({ code: 'QUERY_TIMEOUT' })
  })
})
