import type { QueryEvent } from '@greenlang/core'
import { createTestDatabase, type TemporaryDatabase } from '@greenlang/servers'
import { fakeClock } from '@greenlang/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import pg, { type PoolClient } from 'pg'
import { createQueryOptimizer, type QueryOptimizerOptions } from '../src/index.ts'

let database: TemporaryDatabase
const pools: pg.Pool[] = []

beforeAll(async () => {
  database = await createTestDatabase()
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map(pool => pool.end()))
})
afterAll(() => database.drop())

function openPool(max = 2): pg.Pool {
  const pool = new pg.Pool({ connectionString: database.url, max })
  pool.on('error', () => {})
  pools.push(pool)
  return pool
}

async function tracked(options: QueryOptimizerOptions = {}) {
  const pool = openPool()
  const optimizer = createQueryOptimizer(options)
  await optimizer.ready
  const detach = optimizer.attach(pool)
  return { pool, optimizer, detach }
}

describe('a query optimizer on a pg.Pool', () => {
  it('counts every query once, whichever way it was sent', async () => {
    const { pool, optimizer } = await tracked()
    await pool.query('select 1 as n')
    await pool.query('select $1::int + 1 as n', [1])
    await pool.query({ text: 'select 2 as n', rowMode: 'array' })
    await new Promise(resolve => pool.query('select 3 as n', resolve))
    const client = await pool.connect()
    await client.query('select 4 as n')
    await new Promise(resolve => client.query('select $1::int + 1 as n', [5], resolve))
    client.release()
    await expect(pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
    const { queries, failures, fingerprints } = optimizer.stats()
    expect([queries, failures]).toEqual([7, 1])
    const byText = Object.fromEntries(fingerprints.map(({ text, count, failures: f }) => [text, [count, f]]))
    expect(byText).toEqual({
      'select $1 as n': [4, 0],
      'select $1::int + $2 as n': [2, 0],
      'select $1/$2': [1, 1],
    })
  })

  it('changes neither results nor errors nor what a cursor gets', async () => {
    const { pool, optimizer } = await tracked()
    const plain = openPool()
    for (const args of [['select 1 as n'], ['select $1::text as t', ['x']]] as [string, unknown[]?][])
      expect((await pool.query(...args)).rows).toEqual((await plain.query(...args)).rows)
    const client = await pool.connect()
    const statement = new pg.Query<{ n: number }>('select 5 as n')
    const row = new Promise(resolve => statement.on('row', resolve))
    expect(client.query(statement)).toBe(statement)
    expect(await row).toEqual({ n: 5 })
    client.release()
    expect(optimizer.stats().queries).toBe(2)
  })

  it('attaches once, and to a client that was opened before', async () => {
    const pool = openPool(1)
    await pool.query('select 1')
    const optimizer = createQueryOptimizer()
    await optimizer.ready
    expect(optimizer.attach(pool)).toBe(optimizer.attach(pool))
    await pool.query('select 1')
    expect(optimizer.stats().queries).toBe(1)
  })

  it('tracks what a listener of connect sends', async () => {
    const { pool, optimizer } = await tracked()
    pool.on('connect', (client: PoolClient) => void client.query("set search_path = 'secret'"))
    await pool.query('select 1')
    expect(optimizer.stats().fingerprints.map(({ text }) => text)).toContain('set search_path = $1')
  })

  it('leaves nothing behind after detach and after close', async () => {
    const { pool, optimizer, detach } = await tracked()
    const client = await pool.connect()
    expect(Object.hasOwn(client, 'query')).toBe(true)
    detach()
    expect(Object.hasOwn(client, 'query')).toBe(false)
    await client.query('select 1')
    client.release()
    expect(optimizer.stats().queries).toBe(0)
    expect(['connect', 'acquire', 'remove'].map(event => pool.listenerCount(event))).toEqual([0, 0, 0])
    optimizer.attach(pool)
    await pool.query('select 1')
    optimizer.close()
    await pool.query('select 1')
    expect(optimizer.stats().queries).toBe(1)
    expect(() => optimizer.attach(pool)).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  })

  it('serves two optimizers on one pool', async () => {
    const { pool, optimizer } = await tracked()
    const second = createQueryOptimizer()
    second.attach(pool)
    await pool.query('select 1')
    optimizer.close()
    await pool.query('select 1')
    expect([optimizer.stats().queries, second.stats().queries]).toEqual([1, 2])
  })

  it('lists slow queries, the slowest or the newest first, without their values', async () => {
    const clock = fakeClock()
    const events: QueryEvent[] = []
    const { pool, optimizer } = await tracked({ clock, maxSlow: 2, observer: event => events.push(event) })
    const opened = await pool.connect()
    opened.release()
    for (const ms of [50, 300, 100, 200]) {
      const running = pool.query(`select 'secret', ${ms}`)
      await clock.advance(ms)
      await running
    }
    const slow = optimizer.slowQueries()
    expect(slow.map(({ durationMs }) => durationMs)).toEqual([200, 100])
    expect(optimizer.slowQueries(1, 'newest')).toMatchObject([
      { durationMs: 200, text: 'select $1, $2', failed: false },
    ])
    expect(slow[0]?.startedAt).toBe(clock.now() - 200)
    expect(optimizer.stats()).toMatchObject({
      queries: 4,
      slow: 3,
      fingerprints: [{ count: 4, totalMs: 650 }],
    })
    expect(events.map(({ slow }) => slow)).toEqual([false, true, true, true])
    expect(JSON.stringify([slow, events, optimizer.stats()])).not.toContain('secret')
  })

  it('bounds its fingerprints', async () => {
    const { pool, optimizer } = await tracked({ maxFingerprints: 2 })
    for (const column of ['a', 'b', 'c', 'd'])
      await pool.query(`select 1 as ${column}, ${column === 'a'} as x`)
    for (const table of ['pg_class', 'pg_type', 'pg_proc']) await pool.query(`select count(*) from ${table}`)
    const { fingerprints, overflowed, queries } = optimizer.stats()
    expect(fingerprints).toHaveLength(3)
    expect(fingerprints.at(-1)?.fingerprint).toBe('other')
    expect(fingerprints.reduce((sum, { count }) => sum + count, 0)).toBe(queries)
    expect(overflowed).toBeGreaterThan(0)
  })

  it('survives an observer and a recorder that throw', async () => {
    const fail = () => {
      throw new Error('bad')
    }
    const { pool } = await tracked({ observer: fail, latency: fail })
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    await expect(pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
  })

  it('survives an observer that rejects', async () => {
    const { pool } = await tracked({ observer: () => Promise.reject(new Error('bad')) })
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  })

  it('gives the fingerprint of a text', async () => {
    const optimizer = createQueryOptimizer()
    expect(await optimizer.fingerprint('select 1')).toBe(await optimizer.fingerprint('select 2'))
    expect(await optimizer.fingerprint('selec')).toBeUndefined()
  })
})

describe('options', () => {
  it.each<[string, Record<string, unknown>]>([
    ['slowAfter', { slowAfter: 0 }],
    ['maxFingerprints', { maxFingerprints: 0 }],
    ['maxSlow', { maxSlow: 1.5 }],
    ['observer', { observer: 1 }],
    ['observer', { observer: 0 }],
    ['clock', { clock: {} }],
    ['latency', { latency: 1 }],
    ['createQueryOptimizer options.slow', { slow: 1 }],
  ])('refuses a bad %s', (option, options) => {
    expect(() => createQueryOptimizer(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })

  it('refuses a bad limit and order', () => {
    const optimizer = createQueryOptimizer()
    expect(() => optimizer.slowQueries(0)).toThrow(expect.objectContaining({ option: 'limit' }))
    expect(() => optimizer.slowQueries(1, 'fastest' as 'newest')).toThrow(
      expect.objectContaining({ option: 'order' }),
    )
  })
})
