import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createSentinel } from 'redis'
import { type RedisNode, type RunningSentinel, startSentinel } from '../src/index.ts'
import { askOnce } from '../src/redis-connection.ts'
import { roleOf } from '../src/replication.ts'
import { directoriesOf, isAlive, nothingLeft, startOwner, until } from './support.ts'

describe('startSentinel', () => {
  const lines: string[] = []
  let group: RunningSentinel
  beforeAll(async () => {
    group = await startSentinel({
      report: line => lines.push(line),
      downAfterMs: 1_500,
      settings: { maxmemory: '50mb' },
    })
  }, 120_000)
  afterAll(() => group.stop())

  const urlOf = (port: number) => group.nodes.find(node => node.port === port)?.url ?? ''
  const ask = (port: number, ...command: string[]) => askOnce(urlOf(port), command)

  it('starts three servers and three Sentinels on ports of their own, and says so without the password', async () => {
    const all = [...group.nodes, ...group.sentinels]
    expect([group.nodes.length, group.sentinels.length]).toEqual([3, 3])
    expect(new Set(all.map(({ port }) => port)).size).toBe(6)
    for (const node of all) {
      expect(node).toMatchObject({ host: '127.0.0.1', running: true })
      expect(isAlive(node.pid)).toBe(true)
      expect(await askOnce(node.url, ['PING'])).toBe('PONG')
      await expect(askOnce(`redis://127.0.0.1:${node.port}`, ['PING'])).rejects.toThrow('NOAUTH')
    }
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(/^Redis Sentinel: \S+ ready on ports \d+, \d+, \d+ of 127.0.0.1 in \d+ ms \(/)
    expect(lines.join()).not.toContain(group.password)
    expect(directoriesOf()).toHaveLength(1)
    expect(await ask(group.nodes[1]?.port ?? 0, 'CONFIG', 'GET', 'maxmemory')).toEqual([
      'maxmemory',
      '52428800',
    ])
  })

  it('replicates, and each Sentinel can reach its quorum', async () => {
    const [primary = 0, ...replicas] = group.nodes.map(({ port }) => port)
    expect(await group.primary()).toBe(primary)
    await ask(primary, 'SET', 'a', '1')
    expect(await ask(primary, 'WAIT', '2', '10000')).toBe(2)
    for (const port of replicas) expect(await ask(port, 'GET', 'a')).toBe('1')
    for (const { url } of group.sentinels)
      expect(await askOnce(url, ['SENTINEL', 'CKQUORUM', group.name])).toMatch(/^OK 3 usable Sentinels/)
  })

  it('is what a client of Sentinel understands', async () => {
    const sentinelRootNodes = group.sentinels.map(({ host, port }) => ({ host, port }))
    const { name, password } = group
    const client = createSentinel({
      name,
      sentinelRootNodes,
      nodeClientOptions: { password },
      sentinelClientOptions: { password },
    })
    client.on('error', () => {})
    await client.connect()
    expect(await client.get('a')).toBe('1')
    await client.close()
  })

  it('has a new primary after the old was killed, which comes back as a replica', async () => {
    const old = await group.primary()
    const { pid } = group.nodes.find(node => node.port === old) as RedisNode
    await group.kill(old)
    await group.kill(old)
    expect(isAlive(pid)).toBe(false)
    expect(group.nodes.find(node => node.port === old)).toMatchObject({ running: false, pid })
    const next = await group.primary()
    expect(next).not.toBe(old)
    expect(await ask(next, 'GET', 'a')).toBe('1')
    await group.restart(old)
    expect(group.nodes.find(node => node.port === old)?.pid).not.toBe(pid)
    await group.settled()
    expect(await group.primary()).toBe(next)
    expect(await roleOf(urlOf(old))).toEqual({ role: 'slave', primaryPort: next, link: 'connected' })
    await ask(next, 'SET', 'b', '2')
    expect(await ask(next, 'WAIT', '2', '10000')).toBe(2)
    expect(await ask(old, 'GET', 'b')).toBe('2')
  }, 60_000)

  it('agrees on its primary with one Sentinel away, and not with two', async () => {
    const [first, second] = group.sentinels
    const primary = await group.primary()
    await group.kill(first?.port ?? 0)
    expect(await group.primary()).toBe(primary)
    await group.kill(second?.port ?? 0)
    await expect(group.primary({ limitMs: 200 })).rejects.toMatchObject({
      code: 'REDIS_GROUP',
      reason: 'timeout',
      message:
        'not seen within 200 ms that a primary named by most Sentinels answers as one; look whether enough servers run',
    })
    await Promise.all([group.restart(first?.port ?? 0), group.restart(second?.port ?? 0)])
    expect(await group.primary()).toBe(primary)
  })

  it('is stopped at once, with a paused server in it too, and leaves nothing', async () => {
    const all = [...group.nodes, ...group.sentinels]
    process.kill(all[2]?.pid ?? -1, 'SIGSTOP')
    await Promise.all([group.stop(), group.stop()])
    for (const { pid } of all) expect(isAlive(pid)).toBe(false)
    expect(directoriesOf()).toEqual([])
    await nothingLeft()
    const port = all[0]?.port ?? 0
    await expect(group.restart(port)).rejects.toMatchObject({ code: 'ECANCELED' })
    await expect(group.kill(1)).rejects.toMatchObject({ code: 'REDIS_GROUP', reason: 'unknown-port' })
  })
})

describe('startSentinel that fails', () => {
  it.each([
    [{ redisUrl: '' }, 'startSentinel.redisUrl'],
    [{ port: 1 }, 'startSentinel.port'],
    [{ downAfterMs: 99 }, 'downAfterMs'],
    [{ failoverTimeoutMs: 0.5 }, 'failoverTimeoutMs'],
    [{ settings: { masterauth: 'x' } }, 'settings'],
    [{ from: [] }, 'from'],
  ])('refuses bad options: %j', async (options, option) => {
    await expect(startSentinel(options as object)).rejects.toMatchObject({ code: 'INVALID_OPTION', option })
  })

  it('gives the words of a server that ended, and leaves nothing', async () => {
    await expect(startSentinel({ settings: { nosuch: '1' } })).rejects.toMatchObject({
      code: 'SERVER_START',
      reason: 'exited',
      message: expect.stringContaining(`>>> 'nosuch 1' Bad directive`),
    })
    await nothingLeft()
  })

  it('leaves nothing when it is aborted while the Sentinels agree', async () => {
    const abort = new AbortController()
    const starting = startSentinel({ signal: abort.signal })
    starting.catch(() => {})
    await until(() => directoriesOf().length === 1)
    await until(() => readdirSync(directoriesOf()[0] ?? '').includes('sentinel-3'))
    abort.abort(new Error('enough'))
    await expect(starting).rejects.toThrow('enough')
    expect(directoriesOf()).toEqual([])
    await nothingLeft()
  })

  it('leaves nothing when its owner is killed', async () => {
    const owner = startOwner({ server: 'sentinel' })
    await owner.ready()
    const pid = owner.process.pid ?? 0
    expect(directoriesOf(pid)).toHaveLength(1)
    owner.process.kill('SIGKILL')
    await nothingLeft(pid)
  }, 60_000)
})
