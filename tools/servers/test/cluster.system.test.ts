import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCluster } from 'redis'
import { type RedisNode, type RunningCluster, startCluster } from '../src/index.ts'
import { askOnce } from '../src/redis-connection.ts'
import { roleOf } from '../src/replication.ts'
import { directoriesOf, isAlive, nothingLeft, startOwner, until } from './support.ts'

/** Slot of the hash tag {a}, and of {b}, by CRC16. */
const slotOfA = 15_495
const slotOfB = 3_300

const keys = Array.from({ length: 300 }, (_, index) => `{${index % 2 ? 'a' : 'b'}}:${index}`)

/** Counts every key up, and what was acknowledged. `stop` rejects when a command failed. */
function countUp(client: { incr(key: string): Promise<number> }) {
  const counts = new Map<string, number>()
  let stopped = false
  const workers = Array.from({ length: 4 }, async (_, worker) => {
    for (let index = worker; !stopped; index += 4) {
      const key = keys[index % keys.length] ?? ''
      await client.incr(key)
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  })
  const ended = Promise.all(workers)
  ended.catch(() => {})
  const total = () => [...counts.values()].reduce((sum, count) => sum + count, 0)
  const stop = async () => {
    stopped = true
    await ended
  }
  return { counts, total, stop }
}

describe('startCluster', () => {
  const lines: string[] = []
  let cluster: RunningCluster
  const connect = () => {
    const client = createCluster({
      rootNodes: cluster.nodes.map(({ url }) => ({ url })),
      defaults: { password: cluster.password },
    })
    client.on('error', () => {})
    return client.connect()
  }
  const nodeOn = (port: number) => cluster.nodes.find(node => node.port === port) as RedisNode
  const ask = (port: number, ...command: string[]) => askOnce(nodeOn(port).url, command)

  beforeAll(async () => {
    cluster = await startCluster({ report: line => lines.push(line), nodeTimeoutMs: 1_000 })
  }, 120_000)
  afterAll(() => cluster.stop())

  it('starts three primaries with a replica each, all ok, and says so without the password', async () => {
    for (const [index, { url, port }] of cluster.nodes.entries()) {
      expect(await askOnce(url, ['CLUSTER', 'INFO'])).toMatch(/cluster_state:ok\r\n.*assigned:16384/)
      await expect(askOnce(`redis://127.0.0.1:${port}`, ['PING'])).rejects.toThrow('NOAUTH')
      const primaryPort = cluster.nodes[index - 3]?.port
      expect(await roleOf(url)).toEqual(
        primaryPort === undefined ? { role: 'master' } : { role: 'slave', primaryPort, link: 'connected' },
      )
    }
    const owners = await Promise.all(
      [0, 5_461, 5_462, 10_922, 10_923, 16_383].map(slot => cluster.primaryOf(slot)),
    )
    const [a, b, c] = cluster.nodes.map(({ port }) => port)
    expect(owners).toEqual([a, a, b, b, c, c])
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(/^Redis Cluster: \S+ ready on ports (\d+, ){5}\d+ of 127.0.0.1 in \d+ ms \(/)
    expect(lines.join()).not.toContain(cluster.password)
    expect(directoriesOf()).toHaveLength(1)
  })

  it('moves slots under load, and no write that was acknowledged is lost', async () => {
    const client = await connect()
    const load = countUp(client)
    try {
      await until(() => load.counts.size === keys.length)
      const [from, to] = [await cluster.primaryOf(slotOfA), await cluster.primaryOf(slotOfB)]
      expect(from).not.toBe(to)
      const slots = Array.from({ length: 100 }, (_, index) => slotOfA - 50 + index)
      const ways: [number, number][] = [
        [from, to],
        [to, from],
        [from, to],
      ]
      for (const [source, target] of ways) {
        const before = load.total()
        await cluster.moveSlots(slots, source, target)
        await until(() => load.total() > before + 1_000)
        expect(await cluster.primaryOf(slotOfA)).toBe(target)
      }
      await load.stop()
      for (const [key, count] of load.counts)
        expect([key, await client.get(key)]).toEqual([key, String(count)])
      expect(await ask(from, 'CLUSTER', 'COUNTKEYSINSLOT', String(slotOfA))).toBe(0)
      expect(await ask(to, 'CLUSTER', 'COUNTKEYSINSLOT', String(slotOfA))).toBe(keys.length / 2)
      await cluster.settled()
    } finally {
      client.destroy()
      await load.stop().catch(() => {})
    }
  }, 60_000)

  it('has a new primary of a slot after the old was killed, which comes back as a replica', async () => {
    const old = await cluster.primaryOf(slotOfB)
    await ask(old, 'SET', '{b}', 'kept')
    expect(await ask(old, 'WAIT', '1', '10000')).toBe(1)
    const { pid } = nodeOn(old)
    await cluster.kill(old)
    expect(isAlive(pid)).toBe(false)
    expect(nodeOn(old)).toMatchObject({ running: false, pid })
    const next = await cluster.primaryOf(slotOfB)
    expect(next).not.toBe(old)
    await cluster.settled()
    expect(await ask(next, 'GET', '{b}')).toBe('kept')
    await cluster.restart(old)
    await cluster.settled()
    expect(nodeOn(old).pid).not.toBe(pid)
    expect(await roleOf(nodeOn(old).url)).toEqual({ role: 'slave', primaryPort: next, link: 'connected' })
  }, 60_000)

  it('refuses slots, ports and nodes that are none', async () => {
    const [first, second, third] = cluster.nodes.map(({ port }) => port) as [number, number, number]
    await expect(cluster.primaryOf(16_384)).rejects.toMatchObject({ option: 'slot' })
    await expect(cluster.moveSlots([-1], first, second)).rejects.toMatchObject({ option: 'slots' })
    await expect(cluster.moveSlots([0], 1, second)).rejects.toMatchObject({ reason: 'unknown-port' })
    await expect(cluster.restart(1)).rejects.toMatchObject({ reason: 'unknown-port' })
    await cluster.kill(third)
    await expect(cluster.moveSlots([0], first, third)).rejects.toMatchObject({
      code: 'REDIS_GROUP',
      reason: 'not-running',
    })
  })

  it('is stopped at once, with a paused node in it too, and leaves nothing', async () => {
    const pids = cluster.nodes.filter(({ running }) => running).map(({ pid }) => pid)
    process.kill(pids[0] ?? -1, 'SIGSTOP')
    await cluster.stop()
    for (const pid of pids) expect(isAlive(pid)).toBe(false)
    expect(directoriesOf()).toEqual([])
    await nothingLeft()
  })
})

describe('startCluster that fails', () => {
  it.each([
    [{ tls: {} }, 'startCluster.tls'],
    [{ nodeTimeoutMs: 199 }, 'nodeTimeoutMs'],
    [{ settings: { 'cluster-enabled': 'no' } }, 'settings'],
  ])('refuses bad options: %j', async (options, option) => {
    await expect(startCluster(options as object)).rejects.toMatchObject({ code: 'INVALID_OPTION', option })
  })

  it('leaves nothing when it is aborted while the nodes meet', async () => {
    const abort = new AbortController()
    const starting = startCluster({ signal: abort.signal })
    starting.catch(() => {})
    const folder = await until(() => directoriesOf()[0])
    const met = (name: string) => readdirSync(`${folder}/${name}`).includes('nodes.conf')
    await until(() => readdirSync(folder).filter(name => name.startsWith('node-') && met(name)).length === 6)
    abort.abort(new Error('enough'))
    await expect(starting).rejects.toThrow('enough')
    expect(directoriesOf()).toEqual([])
    await nothingLeft()
  })

  it('leaves nothing when its owner is killed', async () => {
    const owner = startOwner({ server: 'cluster' })
    await owner.ready()
    const pid = owner.process.pid ?? 0
    owner.process.kill('SIGKILL')
    await nothingLeft(pid)
  }, 60_000)
})
