import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createPool } from '../src/index.ts'
import { openSilentServer, until, useDatabase } from './open-pool.ts'

const db = useDatabase()

describe('close', () => {
  it('answers every waiter and waits for what is borrowed', async () => {
    const pool = db.open({ size: 1 })
    const client = await pool.connect()
    const waiters = [pool.connect(), pool.query('select 1')]
    const closing = pool.close()
    for (const waiter of waiters) await expect(waiter).rejects.toMatchObject({ code: 'CLOSED' })
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    client.release()
    await closing
    expect(pool.stats()).toMatchObject({ active: 0, idle: 0, waiting: 0, opened: 1, closed: 1 })
  })

  it('may be called twice, and as end, and nothing can be asked afterwards', async () => {
    const pool = db.open()
    await pool.query('select 1')
    await Promise.all([pool.close(), pool.end(), new Promise<void>(resolve => pool.end(resolve))])
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'CLOSED', subject: 'pool "default"' })
    await expect(pool.connect()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('cuts a connection that is not given back within queryTimeout', async () => {
    const clock = fakeClock()
    const pool = db.open({ clock, queryTimeout: '5s' })
    const kept = await pool.connect()
    const closing = pool.close()
    await clock.advance('5s')
    await closing
    expect(pool.stats()).toMatchObject({ active: 0, opened: 1, closed: 1 })
    kept.release()
    expect(clock.waiting).toBe(0)
  })

  it('does not wait for a connect that hangs', async () => {
    const silent = await openSilentServer()
    const pool = createPool({ connection: silent.connection })
    const waiting = expect(pool.connect()).rejects.toMatchObject({ code: 'CLOSED' })
    await until(() => silent.accepted === 1)
    await pool.close()
    await waiting
    await silent.close()
  })

  it('leaves no timer of its clock', async () => {
    const clock = fakeClock()
    const pool = db.open({ clock })
    await pool.query('select 1')
    await pool.close()
    await clock.advance(0)
    expect(clock.waiting).toBe(0)
  })

  it('is what `await using` does', async () => {
    const pool = db.open()
    await pool.query('select 1')
    await pool[Symbol.asyncDispose]()
    expect(pool.stats()).toMatchObject({ opened: 1, closed: 1 })
  })
})
