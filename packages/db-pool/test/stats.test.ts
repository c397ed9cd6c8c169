import type { PoolEvent } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { until, useDatabase } from './open-pool.ts'

const db = useDatabase()

describe('stats and events', () => {
  it('say what happened, and how long', async () => {
    const clock = fakeClock()
    const events: PoolEvent[] = []
    const pool = db.open({ name: 'orders', size: 2, clock, observer: event => events.push(event) })
    const client = await pool.connect()
    await clock.advance('250ms')
    expect(pool.stats()).toMatchObject({ active: 1, idle: 0, waiting: 0, max: 2, acquired: 1, opened: 1 })
    client.release()
    expect(pool.stats()).toMatchObject({ active: 0, idle: 1, held: { count: 1, max: 250 } })
    expect(pool.stats().acquire.count).toBe(1)
    await pool.close()
    expect(events).toEqual([
      { pool: 'orders', type: 'connection', change: 'opened' },
      { pool: 'orders', type: 'acquire', outcome: 'ok', durationMs: 0 },
      { pool: 'orders', type: 'release', durationMs: 250 },
      { pool: 'orders', type: 'connection', change: 'closed' },
    ])
  })

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
  ])('survive an observer that %s', async (_how, observer) => {
    const pool = db.open({ observer })
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    expect(pool.stats()).toMatchObject({ active: 0, idle: 1 })
  })

  it('count every one of many callers at once', async () => {
    const pool = db.open({ size: 3 })
    await Promise.all(Array.from({ length: 60 }, () => pool.query('select 1')))
    const { acquired, held, acquire, opened, active, waiting } = pool.stats()
    expect({ acquired, held: held.count, acquire: acquire.count }).toEqual({
      acquired: 60,
      held: 60,
      acquire: 60,
    })
    expect({ opened, active, waiting }).toEqual({ opened: 3, active: 0, waiting: 0 })
  })
})

describe('lifetimes', () => {
  it('close an idle connection after idleTimeout', async () => {
    const pool = db.open({ idleTimeout: '20ms' })
    await pool.query('select 1')
    await until(() => pool.stats().closed === 1)
  })

  it('close an old connection after maxLifetime, less a random tenth, which is another each time', async () => {
    const pool = db.open({ maxLifetime: '100ms' })
    await pool.query('select 1')
    await until(() => pool.stats().closed === 1)
    const readings = Array.from({ length: 50 }, () => pool.options.maxLifetimeSeconds)
    expect(Math.max(...readings)).toBeLessThanOrEqual(0.1)
    expect(Math.min(...readings)).toBeGreaterThanOrEqual(0.09)
    expect(new Set(readings).size).toBeGreaterThan(1)
  })
})

function fail(): never {
  throw new Error('bad observer')
}
