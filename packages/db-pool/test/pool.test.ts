import type { Queryable } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { backendPid, until, useDatabase } from './open-pool.ts'

const db = useDatabase()

describe('a pool in place of pg.Pool', () => {
  it('answers text, values, a config and a callback', async () => {
    const pool = db.open()
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    expect((await pool.query('select $1::int as n', [2])).rows).toEqual([{ n: 2 }])
    const config = { text: 'select $1::int as n', rowMode: 'array' as const }
    expect((await pool.query(config, [3])).rows).toEqual([[3]])
    const rows = await new Promise(resolve =>
      pool.query('select $1::int as n', [4], (error, result) => resolve(error ?? result.rows)),
    )
    expect(rows).toEqual([{ n: 4 }])
    const error = await new Promise(resolve =>
      pool.query('select 1/0', (failure: unknown) => resolve(failure)),
    )
    expect(error).toMatchObject({ code: '22012' })
  })

  it('lends a client by promise and by callback', async () => {
    const pool = db.open({ size: 1 })
    const client = await pool.connect()
    expect(await backendPid(client)).toBeGreaterThan(0)
    client.release()
    const pid = await new Promise(resolve =>
      pool.connect(async (error, lent, done) => {
        if (!lent) return resolve(error)
        const found = await backendPid(lent)
        done()
        resolve(found)
      }),
    )
    expect(pid).toBe(await backendPid(pool))
  })

  it('is a pg.Pool, is named like one, and fits Queryable', async () => {
    const pool = db.open()
    const queryable: Queryable = pool
    expect(pool).toBeInstanceOf(pg.Pool)
    expect(Object.getPrototypeOf(pool).constructor.name).toContain('Pool')
    expect((await queryable.query<{ n: number }>('select $1::int as n', [1])).rows[0]?.n).toBe(1)
  })

  it('carries a drizzle transaction on one connection, and its rollback', async () => {
    const pool = db.open()
    const orm = drizzle(pool)
    await orm.execute(sql`create table notes (id int primary key)`)
    await orm.transaction(async tx => {
      await tx.execute(sql`insert into notes values (1)`)
      const seen = await tx.execute(sql`select txid_current_if_assigned() is not null as inside`)
      expect(seen.rows).toEqual([{ inside: true }])
      expect((await pool.query('select * from notes')).rows).toEqual([])
    })
    const broken = orm.transaction(async tx => {
      await tx.execute(sql`insert into notes values (2)`)
      await tx.execute(sql`select 1/0`)
    })
    await expect(broken).rejects.toMatchObject({ cause: { code: '22012' } })
    expect((await pool.query('select id from notes')).rows).toEqual([{ id: 1 }])
    expect(pool.stats()).toMatchObject({ active: 0, waiting: 0 })
  })

  it('refuses a cursor on the pool itself, and passes one on by a client', async () => {
    const pool = db.open()
    const statement = new pg.Query<{ n: number }>('select 5 as n')
    await expect(pool.query(statement)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const client = await pool.connect()
    const row = new Promise(resolve => statement.on('row', resolve))
    expect(client.query(statement)).toBe(statement)
    expect(await row).toEqual({ n: 5 })
    client.release()
  })
})

describe('what comes back to the pool', () => {
  it('keeps the connection after errors of PostgreSQL', async () => {
    const pool = db.open({ size: 1 })
    const pid = await backendPid(pool)
    for (let round = 0; round < 4; round += 1)
      await expect(pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
    await expect(pool.query('select $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' })
    expect(await backendPid(pool)).toBe(pid)
    expect(pool.stats()).toMatchObject({ opened: 1, closed: 0 })
  })

  it('closes a connection that is released inside a transaction', async () => {
    const pool = db.open({ size: 1 })
    await pool.query('create table left_open (id int)')
    const pid = await backendPid(pool)
    const client = await pool.connect()
    await client.query('begin')
    await client.query('insert into left_open values (1)')
    client.release()
    expect((await pool.query('select count(*)::int as n from left_open')).rows).toEqual([{ n: 0 }])
    expect(await backendPid(pool)).not.toBe(pid)
    await until(() => pool.stats().closed === 1)
  })

  it('closes one whose transaction failed a moment before', async () => {
    const pool = db.open({ size: 1 })
    const client = await pool.connect()
    await client.query('begin')
    const pid = await backendPid(client)
    await client.query('select 1/0').catch(() => client.release())
    expect(await backendPid(pool)).not.toBe(pid)
  })

  it('waits for a query that nobody waited for before it lends the connection again', async () => {
    const pool = db.open({ size: 1 })
    const client = await pool.connect()
    const pid = await backendPid(client)
    const forgotten = client.query('select pg_sleep(0.1)')
    client.release()
    expect(pool.stats().active).toBe(1)
    expect(await backendPid(pool)).toBe(pid)
    await forgotten
  })

  it('closes on release(true) and on release(error)', async () => {
    const pool = db.open({ size: 1 })
    const first = await pool.connect()
    const pid = await backendPid(first)
    first.release(true)
    const second = await pool.connect()
    expect(await backendPid(second)).not.toBe(pid)
    second.release(new Error('not this one'))
    await until(() => pool.stats().closed === 2)
  })

  it('takes a second release as nothing, also while another waits for the connection', async () => {
    const pool = db.open({ size: 1 })
    const first = await pool.connect()
    const next = pool.connect()
    first.release()
    first.release()
    const second = await next
    expect(pool.stats()).toMatchObject({ active: 1, idle: 0 })
    second.release()
    expect(pool.stats()).toMatchObject({ active: 0, idle: 1 })
  })
})
