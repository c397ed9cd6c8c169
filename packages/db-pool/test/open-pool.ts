import { connect, createServer } from 'node:net'
import { createTestDatabase, type TemporaryDatabase } from '@greenlang/servers'
import { afterAll, afterEach, beforeAll } from '@jest/globals'
import pg from 'pg'
import { createPool, type Pool, type PoolOptions } from '../src/index.ts'

type OwnOptions = Omit<PoolOptions, 'url' | 'connection'>

/** Gives the tests of one file a database of their own, and closes the pools they open in it. */
export function useDatabase() {
  let database: TemporaryDatabase
  const pools: Pool[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterEach(async () => {
    await Promise.all(pools.splice(0).map(pool => pool.close()))
  })
  afterAll(() => database.drop())
  return {
    get url() {
      return database.url
    },
    open(options: OwnOptions = {}): Pool {
      const pool = createPool({ url: database.url, ...options })
      pools.push(pool)
      return pool
    },
    /** One statement from outside of any pool of ours. */
    async outside(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
      const client = new pg.Client(database.url)
      await client.connect()
      try {
        return (await client.query(text, values)).rows
      } finally {
        await client.end()
      }
    },
  }
}

export async function backendPid(db: { query: pg.Pool['query'] }): Promise<number> {
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? Number.NaN
}

/** Polls until `holds`, for at most five seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came true: ${holds}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** A server that accepts and never says a word. */
export async function openSilentServer() {
  let accepted = 0
  const server = createServer(socket => {
    accepted += 1
    socket.resume().on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    connection: { host: '127.0.0.1', port, user: 'u', password: 'canary', database: 'd' },
    get accepted() {
      return accepted
    },
    /** Resolves once no socket to it is left. */
    close: () => new Promise(resolve => server.close(resolve)),
  }
}

/** A way to the server of `url` on which nothing moves before `pass()`. */
export async function holdBack(url: string) {
  const target = new URL(url)
  let pass = () => {}
  const passed = new Promise<void>(resolve => {
    pass = resolve
  })
  const way = createServer(socket => {
    socket.on('error', () => {})
    void passed.then(() => {
      const upstream = connect(Number(target.port || 5432), target.hostname).on('error', () =>
        socket.destroy(),
      )
      socket.pipe(upstream).pipe(socket)
    })
  })
  await new Promise<void>(resolve => way.listen(0, '127.0.0.1', resolve))
  const { port } = way.address() as { port: number }
  const held = new URL(url)
  held.host = `127.0.0.1:${port}`
  return { url: held.href, pass, close: () => new Promise(resolve => way.close(resolve)) }
}
