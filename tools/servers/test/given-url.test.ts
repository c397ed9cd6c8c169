import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { urlError } from '../src/given-url.ts'
import { type RunningServer, startPostgres, startRedis } from '../src/index.ts'
import { directoriesOf } from './support.ts'

const secret = 'hunter2+!'
const escaped = encodeURIComponent(secret)
const instead = 'or unset it to have a server started'

/** Accepts connections and never says a word. */
async function blackHole(): Promise<{ port: number; leave(): Promise<void> }> {
  const sockets = new Set<{ destroy(): unknown }>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const leave = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>(resolve => server.close(() => resolve()))
  }
  return { port, leave }
}

/** Answers as a web server would. `leave` waits until every client has hung up. */
async function webServer(): Promise<{ port: number; leave(): Promise<void> }> {
  const server = createServer(socket =>
    socket
      .on('error', () => {})
      .resume()
      .end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { port, leave: () => new Promise(resolve => server.close(() => resolve())) }
}

async function failureOf(starting: Promise<unknown>): Promise<Error & { reason?: string; cause?: unknown }> {
  const error = await starting.then(
    () => undefined,
    error => error,
  )
  expect(error).toMatchObject({ code: 'SERVER_URL' })
  for (const text of [error.message, JSON.stringify(error), String(error.cause)]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(escaped)
  }
  return error
}

describe('urlError', () => {
  it('takes the password out of what the server said', () => {
    const url = `postgres://user:${escaped}@host/db`
    const given = { variable: 'DATABASE_URL', url, protocols: ['postgres:'], example: '' }
    const { message } = urlError(given, new URL(url), {
      code: 'XX000',
      message: `bad ${secret} or ${escaped}`,
    })
    expect(message).toBe(
      `DATABASE_URL cannot be used: host answered "XX000 bad *** or ***"; correct it, ${instead}`,
    )
  })
})

describe('a given DATABASE_URL', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startPostgres({ databaseUrl: '' })
  }, 120_000)
  afterAll(() => server.stop())

  const failure = (databaseUrl: string) => failureOf(startPostgres({ databaseUrl }))
  const changed = (change: (url: URL) => void) => {
    const url = new URL(server.url)
    change(url)
    return url
  }

  it('is used when it answers, and is not stopped', async () => {
    const lines: string[] = []
    const given = await startPostgres({ databaseUrl: server.url, report: line => lines.push(line) })
    expect(given).toMatchObject({ url: server.url, origin: 'DATABASE_URL', version: '18.4', owned: false })
    expect(given.pid).toBeUndefined()
    await given.stop()
    expect(lines).toEqual(['PostgreSQL: using 18.4 of DATABASE_URL'])
    expect((await startPostgres({ databaseUrl: server.url })).version).toBe('18.4')
    expect(directoriesOf()).toHaveLength(1)
  })

  it('is read from the environment', async () => {
    const kept = process.env.DATABASE_URL
    process.env.DATABASE_URL = server.url
    expect((await startPostgres()).url).toBe(server.url)
    process.env.DATABASE_URL = kept
  })

  it.each([
    `postgres:/${secret}`,
    `mysql://user:${escaped}@localhost/db`,
    `postgres://user:12/${escaped}@localhost/db`,
    `postgres://user:pass#${escaped}@localhost/db`,
    `not a url ${secret}`,
  ])('that is not one: %#', async text => {
    const error = await failure(text)
    expect(error.reason).toBe('syntax')
    expect(error.cause).toBeUndefined()
    expect(error.message).toBe(
      'DATABASE_URL is not a URL of such a server: write it as postgres://user:password@host:5432/database ' +
        `with special characters of the password percent-encoded, ${instead}`,
    )
  })

  it('where nothing listens', async () => {
    const error = await failure(`postgres://user:${escaped}@127.0.0.1:1/db`)
    expect(error.reason).toBe('refused')
    expect(error.message).toBe(
      `DATABASE_URL cannot be used: nothing listens on 127.0.0.1:1; start that server, correct the address, ${instead}`,
    )
  })

  it('of an unknown host', async () => {
    const error = await failure(`postgres://user:${escaped}@no-such-host.invalid/db`)
    expect(error.reason).toBe('unknown-host')
    expect(error.message).toContain('the host of no-such-host.invalid is not known')
  })

  it('with a wrong password', async () => {
    const url = changed(url => {
      url.password = secret
    })
    const error = await failure(url.href)
    expect(error.reason).toBe('wrong-password')
    expect(error.message).toBe(
      `DATABASE_URL cannot be used: ${url.host} refused its user or password; correct them, ${instead}`,
    )
  })

  it('of a database that is not there', async () => {
    const url = changed(url => {
      url.pathname = '/elsewhere'
    })
    const error = await failure(url.href)
    expect(error.reason).toBe('no-such-database')
    expect(error.message).toContain(`${url.host} has no database of that name`)
  })

  it('of a server that never answers', async () => {
    const hole = await blackHole()
    const error = await failure(`postgres://user:${escaped}@127.0.0.1:${hole.port}/db`)
    expect(error.reason).toBe('timeout')
    expect(error.message).toBe(
      `DATABASE_URL cannot be used: 127.0.0.1:${hole.port} did not answer within 5000 ms; check that server and the way to it, ${instead}`,
    )
    await hole.leave()
  })

  it('of a server that is no PostgreSQL', async () => {
    const other = await webServer()
    expect((await failure(`postgres://user:${escaped}@127.0.0.1:${other.port}/db`)).reason).toBe('failed')
    await other.leave()
  })

  it('is given up at once when the signal aborts', async () => {
    const hole = await blackHole()
    const abort = new AbortController()
    const starting = startPostgres({
      databaseUrl: `postgres://user:${escaped}@127.0.0.1:${hole.port}/db`,
      signal: abort.signal,
    })
    abort.abort(new Error('enough'))
    await expect(starting).rejects.toThrow('enough')
    await hole.leave()
  })
})

describe('a given REDIS_URL', () => {
  const failure = (redisUrl: string) => failureOf(startRedis({ redisUrl }))

  it('is used when it answers, and is not stopped', async () => {
    const lines: string[] = []
    const given = await startRedis({ report: line => lines.push(line) })
    expect(given).toMatchObject({ url: process.env.REDIS_URL, origin: 'REDIS_URL', owned: false })
    expect(given.version).toMatch(/^\d+\.\d+/)
    await given.stop()
    expect(lines).toEqual([`Redis: using ${given.version} of REDIS_URL`])
    expect((await startRedis()).version).toBe(given.version)
  })

  it.each([`http://:${escaped}@localhost`, `redis://user:12/${escaped}@localhost`, `not a url ${secret}`])(
    'that is not one: %#',
    async text => {
      const error = await failure(text)
      expect(error.reason).toBe('syntax')
      expect(error.message).toBe(
        'REDIS_URL is not a URL of such a server: write it as redis://user:password@host:6379/0 ' +
          `with special characters of the password percent-encoded, ${instead}`,
      )
    },
  )

  it('where nothing listens', async () => {
    const error = await failure(`redis://:${escaped}@127.0.0.1:1`)
    expect(error.reason).toBe('refused')
    expect(error.message).toBe(
      `REDIS_URL cannot be used: nothing listens on 127.0.0.1:1; start that server, correct the address, ${instead}`,
    )
  })

  it('of an unknown host', async () => {
    expect((await failure(`redis://:${escaped}@no-such-host.invalid`)).reason).toBe('unknown-host')
  })

  it('of a server that never answers', async () => {
    const hole = await blackHole()
    const error = await failure(`redis://:${escaped}@127.0.0.1:${hole.port}`)
    expect(error.reason).toBe('timeout')
    expect(error.message).toContain(`127.0.0.1:${hole.port} did not answer within 5000 ms`)
    await hole.leave()
  })

  it('of a server that is no Redis', async () => {
    const other = await webServer()
    expect((await failure(`redis://:${escaped}@127.0.0.1:${other.port}`)).reason).toBe('failed')
    await other.leave()
  })

  it('with a wrong password', async () => {
    const url = new URL(process.env.REDIS_URL ?? '')
    url.username = 'nobody-of-that-name'
    url.password = secret
    expect((await failure(url.href)).reason).toBe('wrong-password')
  })
})
