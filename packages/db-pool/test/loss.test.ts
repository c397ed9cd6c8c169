import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { backendPid, until, useDatabase } from './open-pool.ts'

const db = useDatabase()
const run = promisify(execFile)

describe('the loss of a backend', () => {
  it('is the error of the query in flight, and the next query has a new connection', async () => {
    const pool = db.open({ size: 1 })
    const pid = await backendPid(pool)
    const running = expect(pool.query('select pg_sleep(20)')).rejects.toMatchObject({ code: '57P01' })
    await until(async () => {
      const [row] = await db.outside("select state = 'active' as busy from pg_stat_activity where pid = $1", [
        pid,
      ])
      return row?.busy === true
    })
    await db.outside('select pg_terminate_backend($1)', [pid])
    await running
    expect(await backendPid(pool)).not.toBe(pid)
  })

  it('while idle costs a connection and nothing else', async () => {
    const pool = db.open({ size: 1 })
    const pid = await backendPid(pool)
    await db.outside('select pg_terminate_backend($1)', [pid])
    await until(() => pool.stats().closed === 1)
    expect(pool.stats()).toMatchObject({ active: 0, idle: 0 })
    expect(await backendPid(pool)).not.toBe(pid)
  })

  it('while borrowed reaches the borrower with the next query, and the pool at release', async () => {
    const pool = db.open({ size: 1 })
    const client = await pool.connect()
    const pid = await backendPid(client)
    await db.outside('select pg_terminate_backend($1)', [pid])
    await until(() => pool.stats().closed === 1)
    await expect(client.query('select 1')).rejects.toThrow()
    client.release()
    expect(await backendPid(pool)).not.toBe(pid)
  })

  it('while borrowed does not end a process that listens to nothing', async () => {
    const program = new URL('./fixtures/lose-borrowed.ts', import.meta.url).pathname
    const args = ['--conditions=greenlang-source', '--import', 'tsx', program]
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, DATABASE_URL: db.url } })
    expect(stdout.trim()).toBe('alive: 2 opened, 1 closed')
  })
})
