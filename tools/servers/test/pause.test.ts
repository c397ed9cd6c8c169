import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { pauseServer, type RunningServer, startPostgres } from '../src/index.ts'
import { givenServer } from '../src/running-server.ts'

describe('pauseServer', () => {
  let server: RunningServer
  let client: Client

  beforeAll(async () => {
    server = await startPostgres({ databaseUrl: '' })
    client = new Client({ connectionString: server.url })
    await client.connect()
  }, 120_000)

  afterAll(async () => {
    await client.end()
    await server.stop()
  })

  it('keeps an open connection waiting until it goes on', async () => {
    const pause = await pauseServer(server)
    let isAnswered = false
    const answer = client.query('select 1 as one').then(({ rows }) => {
      isAnswered = true
      return rows
    })
    // Half a second is a hundred times what an answer takes.
    await expect(Promise.race([answer, sleep(500)])).resolves.toBe('slept')
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

function sleep(ms: number): Promise<string> {
  return new Promise(resolve => setTimeout(resolve, ms, 'slept'))
}
