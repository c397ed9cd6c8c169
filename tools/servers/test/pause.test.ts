import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { pauseServer, type RunningServer, startPostgres } from '../src/index.ts'
import { givenServer } from '../src/running-server.ts'

describe('pauseServer', () => {
  let server: RunningServer
  let client: Client
  let resume = async () => {}

  beforeAll(async () => {
    server = await startPostgres({ databaseUrl: '' })
    client = new Client({ connectionString: server.url })
    await client.connect()
  }, 120_000)

  afterAll(async () => {
    await resume()
    await client.end()
    await server.stop()
  })

  it('keeps an open connection waiting until it goes on', async () => {
    const pause = await pauseServer(server)
    // Else a failure would leave it stopped, and `stop` waiting.
    resume = pause.resume
    let isAnswered = false
    const answer = client.query('select 1 as one').then(({ rows }) => {
      isAnswered = true
      return rows
    })
    expect(new Set(statesOf(server.pid))).toEqual(new Set(['T']))
    // So often another one would have been asked and have answered.
    for (let turn = 0; turn < 10_000; turn += 1) await setImmediate()
    expect(isAnswered).toBe(false)
    await pause.resume()
    await pause.resume()
    await expect(answer).resolves.toEqual([{ one: 1 }])
  })

  it('refuses a server that was given', async () => {
    const given = givenServer({ url: 'redis://me:hunter2@h', origin: 'REDIS_URL', version: 'Redis 7' })
    await expect(pauseServer(given)).rejects.toThrow(/^the server of REDIS_URL was not started here/)
  })
})

/** Of a process and its children, as the system tells them: `T` is stopped. */
function statesOf(parent: number | undefined): readonly string[] {
  const fields = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const [state = '', ppid] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
        return [{ state, isOurs: Number(name) === parent || Number(ppid) === parent }]
      } catch {
        return []
      }
    })
  return fields.filter(({ isOurs }) => isOurs).map(({ state }) => state)
}
