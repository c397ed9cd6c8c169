import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createTestDatabase, type TemporaryDatabase, testRedisUrl } from '@greenlang/servers'
import { loadWorkflowData, type SampleKeys } from '@greenlang/workflow-data'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readSettings, type Service, startService } from '../src/index.ts'

let database: TemporaryDatabase
let keys: SampleKeys
let directory: string
let service: Service

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${service.url}${path}`, { headers })
const patch = (id: string, status: string) =>
  fetch(`${service.url}/workflows/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  })

beforeAll(async () => {
  database = await createTestDatabase()
  keys = (await loadWorkflowData({ url: database.url, scale: 'small' })).sample
  directory = await mkdtemp(join(tmpdir(), 'workflow-api-'))
  service = await startService({
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    redisPrefix: `workflow-api-test:${process.pid}:`,
    cacheDirectory: directory,
    host: '127.0.0.1',
    port: 0,
  })
})

afterAll(async () => {
  await service.close()
  await database.drop()
  await rm(directory, { recursive: true, force: true })
})

describe('reads', () => {
  it('answers from the database first and from memory after', async () => {
    const path = `/workflows/${keys.workflowIds[0]}`
    const first = await get(path)
    expect(first.status).toBe(200)
    expect(first.headers.get('x-served-from')).toBe('load')
    const second = await get(path)
    expect(second.headers.get('x-served-from')).toBe('memory')
    expect(await second.json()).toEqual(await first.json())
  })

  it('goes past the cache on cache-control: no-store', async () => {
    const reply = await get(`/workflows/${keys.workflowIds[1]}`, { 'cache-control': 'no-store' })
    expect(reply.headers.get('x-served-from')).toBe('database')
  })

  it('lists what a user owns, what an execution returned, and what a search finds', async () => {
    for (const path of [
      `/users/${keys.userIds[0]}/workflows`,
      `/executions/${keys.executionIds[0]}/results`,
      `/search?q=${encodeURIComponent(keys.searchWords[0] ?? '')}`,
    ]) {
      const reply = await get(path)
      expect(reply.status).toBe(200)
      expect(((await reply.json()) as unknown[]).length).toBeGreaterThan(0)
    }
  })

  it('finds nothing for a % sign rather than everything', async () => {
    const reply = await get(`/search?q=${encodeURIComponent('%%%')}`)
    expect(await reply.json()).toEqual([])
  })

  it.each([
    ['/workflows/00000000-0000-4000-8000-000000000000', 404],
    ['/workflows/not-an-id', 400],
    ['/search', 400],
    ['/search?q=ab', 400],
    ['/nowhere', 404],
  ])('answers %s with %i', async (path, status) => {
    expect((await get(path)).status).toBe(status)
  })
})

describe('updates', () => {
  it('are seen by every read that begins after their reply', async () => {
    const id = keys.workflowIds[2] ?? ''
    const before = (await (await get(`/workflows/${id}`)).json()) as { userId: string; rowVersion: number }
    await get(`/users/${before.userId}/workflows`)
    const updated = (await (await patch(id, 'paused')).json()) as { rowVersion: number }
    expect(updated.rowVersion).toBe(before.rowVersion + 1)
    expect(await (await get(`/workflows/${id}`)).json()).toMatchObject({
      status: 'paused',
      rowVersion: updated.rowVersion,
    })
    const list = (await (await get(`/users/${before.userId}/workflows`)).json()) as {
      id: string
      rowVersion: number
    }[]
    for (const row of list) if (row.id === id) expect(row.rowVersion).toBe(updated.rowVersion)
  })

  it('refuses a status that does not exist', async () => {
    expect((await patch(keys.workflowIds[0] ?? '', 'lost')).status).toBe(400)
    expect((await patch('00000000-0000-4000-8000-000000000000', 'paused')).status).toBe(404)
  })
})

describe('two processes', () => {
  let other: Service
  let otherDirectory: string

  beforeAll(async () => {
    otherDirectory = await mkdtemp(join(tmpdir(), 'workflow-api-'))
    other = await startService({
      databaseUrl: database.url,
      redisUrl: testRedisUrl(),
      redisPrefix: `workflow-api-test:${process.pid}:`,
      cacheDirectory: otherDirectory,
      processName: 'the other',
      host: '127.0.0.1',
      port: 0,
    })
  })

  afterAll(async () => {
    await other.close()
    await rm(otherDirectory, { recursive: true, force: true })
  })

  const elsewhere = (path: string) => fetch(`${other.url}${path}`)
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await setImmediate()
  }

  it('forget what the other updated, and share what one of them loaded', async () => {
    const id = keys.workflowIds[3] ?? ''
    const path = `/workflows/${id}`
    await get(path)
    await until(async () => (await elsewhere(path)).headers.get('x-served-from') === 'memory')
    const reply = await patch(id, 'paused')
    expect(reply.headers.get('x-propagated')).toBe('true')
    const { rowVersion } = (await reply.json()) as { rowVersion: number }
    const versionElsewhere = async () => ((await (await elsewhere(path)).json()) as typeof row).rowVersion
    const row = { rowVersion }
    await until(async () => (await versionElsewhere()) === rowVersion)
    const { cache, process } = (await (await elsewhere('/live')).json()) as {
      cache: { invalidations: { other: number } }
      process: string
    }
    expect(cache.invalidations.other).toBeGreaterThan(0)
    expect(process).toBe('the other')
  })

  it('see what the other has set', async () => {
    const path = `/workflows/${keys.workflowIds[4]}/editor`
    expect(await (await elsewhere(path)).json()).toEqual({ editor: null })
    for (const editor of ['Ada', 'Grace']) {
      const reply = await fetch(`${service.url}${path}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ editor }),
      })
      expect(reply.status).toBe(204)
      expect(await (await get(path)).json()).toEqual({ editor })
      const seen = async () => ((await (await elsewhere(path)).json()) as { editor: string }).editor
      await until(async () => (await seen()) === editor)
    }
  })
})

describe('operations', () => {
  it('shows a page, live numbers, health and metrics', async () => {
    expect(await (await get('/')).text()).toContain('<title>workflow-api</title>')
    const live = (await (await get('/live')).json()) as { cache: { tiers: { name: string }[] } }
    expect(live.cache.tiers.map(tier => tier.name)).toEqual(['memory', 'redis', 'disk'])
    expect(await (await get('/health')).json()).toMatchObject({ status: 'ok', database: 'up' })
    const metrics = await (await get('/metrics')).text()
    expect(metrics).toContain('greenlang_cache_lookups_total')
    expect(metrics).not.toContain(keys.workflowIds[0])
  })
})

describe('bad settings', () => {
  const settings = { databaseUrl: '', host: '127.0.0.1', port: 0, redisPrefix: 'x:' }

  it('says that DATABASE_URL is missing', () => {
    expect(() => readSettings({})).toThrow('DATABASE_URL is not set; set it to postgres://')
    expect(() => readSettings({ DATABASE_URL: 'x', PORT: 'http' })).toThrow('PORT must be a whole number')
  })

  it('says that the database does not answer, without its password', async () => {
    const starting = startService({ ...settings, databaseUrl: 'postgres://me:hunter2@127.0.0.1:1/none' })
    const error = await starting.catch(reason => reason)
    expect(error.message).toMatch(/^the database of DATABASE_URL does not answer \(ECONNREFUSED\)/)
    expect(JSON.stringify(error) + error.stack).not.toContain('hunter2')
  })

  it('says that the port is taken, and leaves nothing open', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const starting = startService({ ...settings, databaseUrl: database.url, port })
    await expect(starting).rejects.toThrow(`port ${port} cannot be listened on (EADDRINUSE)`)
    await new Promise(resolve => other.close(resolve))
  })
})
