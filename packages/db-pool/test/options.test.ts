import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { createPool, type PoolOptions } from '../src/index.ts'
import { useDatabase } from './open-pool.ts'

const db = useDatabase()
const url = 'postgres://app:canary@localhost/d'

describe('options', () => {
  it.each<[string, Record<string, unknown>]>([
    ['url', {}],
    ['url', { url: undefined }],
    ['url', { url: 'mysql://localhost' }],
    ['url', { url: 'postgres://localhost:port/d' }],
    ['url', { url, connection: {} }],
    ['connection.statement_timeout', { connection: { statement_timeout: 5 } }],
    ['connection.pipeline', { connection: { pipeline: true } }],
    ['connection.max', { connection: { max: 5 } }],
    ['connection.idleTimeoutMillis', { connection: { idleTimeoutMillis: 5 } }],
    ['connection.hots', { connection: { hots: 'localhost' } }],
    ['of connection', { connection: null }],
    ['url?statement_timeout', { url: `${url}?ssl=0&statement_timeout=0` }],
    ['url?query_timeout', { url: `${url}?%71uery_timeout=0` }],
    ['name', { url, name: '' }],
    ['size', { url, size: 0 }],
    ['size', { url, size: 1.5 }],
    ['acquireTimeout', { url, acquireTimeout: 0 }],
    ['acquireTimeout', { url, acquireTimeout: Number.POSITIVE_INFINITY }],
    ['queryTimeout', { url, queryTimeout: '5 minutes' }],
    ['idleTimeout', { url, idleTimeout: -1 }],
    ['maxLifetime', { url, maxLifetime: '30d' }],
    ['idleInTransactionTimeout', { url, idleInTransactionTimeout: Number.NaN }],
    ['applicationName', { url, applicationName: '' }],
    ['observer', { url, observer: 'log' }],
    ['observer', { url, observer: 0 }],
    ['clock', { url, clock: {} }],
    ['latency', { url, latency: {} }],
    ['createPool options.max', { url, max: 10 }],
  ])('refuses a bad %s', (option, options) => {
    const open = () => createPool(options as unknown as PoolOptions)
    expect(open).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
    expect(open).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }))
  })

  it('reach the server', async () => {
    const pool = db.open({
      applicationName: 'orders-api',
      queryTimeout: '10s',
      idleInTransactionTimeout: '20s',
    })
    const { rows } = await pool.query(`select name, setting from pg_settings
      where name in ('application_name', 'statement_timeout', 'idle_in_transaction_session_timeout')`)
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      application_name: 'orders-api',
      statement_timeout: '9500',
      idle_in_transaction_session_timeout: '20000',
    })
  })

  it('name the application after the pool, and set no limit for Infinity', async () => {
    const never = Number.POSITIVE_INFINITY
    const limits = {
      queryTimeout: never,
      idleInTransactionTimeout: never,
      idleTimeout: never,
      maxLifetime: never,
    }
    const pool = db.open({ name: 'orders', ...limits })
    const { rows } = await pool.query(
      "select current_setting('application_name') as app, current_setting('statement_timeout') as ms",
    )
    expect(rows).toEqual([{ app: 'greenlang/orders', ms: '0' }])
  })

  it('do not show the password where the pool is printed', async () => {
    const pool = createPool({ url })
    expect(inspect(pool, { depth: 10 })).not.toContain('canary')
    await pool.close()
  })
})
