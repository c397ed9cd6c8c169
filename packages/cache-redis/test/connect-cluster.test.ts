/** A cluster: each key is served by the primary of its slot, wherever that is. */
import { setImmediate } from 'node:timers/promises'
import { type RunningCluster, startCluster } from '@greenlang/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { askForMap, ownerOf } from '../src/connect/cluster-map.ts'
import { fromIoredis } from '../src/connect/ioredis.ts'
import type { Send } from '../src/connect/link.ts'
import { slotOf } from '../src/connect/slot.ts'
import { closeAll, limited, open, openBus, serves, text, untilHeard } from './connect-support.ts'
import { ownPrefix, until } from './support.ts'

const started: { cluster?: RunningCluster } = {}
const stopped = new Set<number>()

beforeAll(async () => {
  started.cluster = await startCluster({
    nodeTimeoutMs: 1_000,
    // The others serve on while one primary is missed.
    settings: { 'cluster-require-full-coverage': 'no' },
  })
}, 120_000)
afterEach(async () => {
  await closeAll()
  for (const pid of stopped) process.kill(pid, 'SIGCONT')
  stopped.clear()
  for (const node of cluster().nodes) if (!node.running) await cluster().restart(node.port)
  await cluster().settled()
}, 120_000)
afterAll(() => started.cluster?.stop())

const cluster = () => started.cluster as RunningCluster

const options = (nodes = cluster().nodes) => ({
  connection: {
    password: new URL(cluster().nodes[0]?.url ?? '').password,
    cluster: { nodes: nodes.map(({ host, port }) => ({ host, port })) },
  },
})

/** Slot → port of its primary, as one node sees it. */
async function portsOf(): Promise<(slot: number) => number> {
  const [send] = await open(options()).primaries()
  const map = await askForMap(send as Send, { host: '127.0.0.1', port: 1 }, address => address)
  return slot => ownerOf(map, slot)?.port ?? 0
}

/** Away from the primary that has the slots, to another. */
async function move(slots: readonly number[]): Promise<number> {
  const portOf = await portsOf()
  const from = portOf(slots[0] as number)
  const to = [0, 8_000, 16_000].map(portOf).find(port => port !== from) ?? 0
  await cluster().moveSlots(
    slots.filter(slot => portOf(slot) === from),
    from,
    to,
  )
  return to
}

/** Keys all over the cluster. */
const keysOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)
const nodeOf = (port: number) => cluster().nodes.find(node => node.port === port)

describe('a link to a cluster', () => {
  it('sends each key where its slot is, knowing one node only', async () => {
    const prefix = ownPrefix()
    const link = open(options(cluster().nodes.slice(4, 5)), ['return 1'])
    const keys = keysOf(prefix, 300)
    expect(new Set(await Promise.all(keys.map(key => link.send(['SET', key, key], key))))).toEqual(
      new Set(['OK']),
    )
    const read = await Promise.all(keys.map(key => link.send(['GET', key], key)))
    expect(read.map(text)).toEqual(keys)
    const primaries = await link.primaries()
    const sizes = await Promise.all(primaries.map(send => send(['DBSIZE'])))
    expect(sizes).toHaveLength(3)
    expect(Math.min(...sizes.map(Number))).toBeGreaterThan(0)
    expect(await link.send(['PING'])).toBe('PONG')
  })

  it('knows the slots that the server knows', async () => {
    const link = open(options())
    const keys = [
      '123456789',
      '',
      'a{b}c',
      'a{}b',
      '{',
      'a}b{c',
      '{{a}}',
      'ä€😀',
      `{${'ü'.repeat(600)}}x`,
      '\ud800',
    ]
    const random = Array.from({ length: 100 }, () => Math.random().toString(36))
    for (const key of [...keys, ...random]) {
      expect(await link.send(['CLUSTER', 'KEYSLOT', key])).toBe(slotOf(key))
      expect(link.slotOf(key)).toBe(slotOf(key))
    }
    expect(slotOf('123456789')).toBe(12_739)
  })

  it('fails no call while slots move to another node, and keeps several keys of one slot together', async () => {
    const prefix = ownPrefix()
    const link = open(options())
    await until(serves(link, prefix), 'it serves')
    const keys = keysOf(prefix, 200)
    for (const key of keys) await link.send(['SET', key, '0'], key)
    const load = { moved: false, calls: 0, failures: [] as string[] }
    const caller = async (mine: readonly string[]) => {
      while (!load.moved)
        for (const key of mine) {
          load.calls += 1
          const twins = [`{${key}}1`, `{${key}}2`]
          await Promise.all([
            limited(link.send(['INCR', key], key), 5_000),
            limited(link.send(['MSET', ...twins.flatMap(twin => [twin, 'x'])], key), 5_000),
            limited(link.send(['MGET', ...twins], key), 5_000),
          ]).catch(async error => {
            load.failures.push(text(error))
            // One that fails at once would otherwise leave nothing else a turn, the moving of slots not either.
            await setImmediate()
          })
        }
    }
    const callers = Array.from({ length: 4 }, (_, nth) =>
      caller(keys.filter((_, index) => index % 4 === nth)),
    )
    const slots = [...new Set(keys.map(slotOf))]
    // Whole groups move, and move on.
    for (const begin of [0, 20, 40]) await move(slots.slice(begin))
    load.moved = true
    await Promise.all(callers)
    expect(load.failures).toEqual([])
    expect(load.calls).toBeGreaterThan(500)
    for (const key of keys) expect(Number(text(await link.send(['GET', key], key)))).toBeGreaterThan(0)
  }, 120_000)

  it.each([
    ['is killed', (port: number) => cluster().kill(port)],
    [
      'is stopped',
      async (port: number) => {
        const pid = nodeOf(port)?.pid ?? 0
        stopped.add(pid)
        process.kill(pid, 'SIGSTOP')
      },
    ],
  ])(
    'one of whose primaries %s fails that one alone, and serves all again (node-redis#3403)',
    async (_, harm) => {
      const prefix = ownPrefix()
      const link = open(options())
      const keys = keysOf(prefix, 20)
      for (const key of keys) await until(serves(link, key), 'it serves')
      let again = 0
      link.watch(() => {
        again += 1
      })
      const [key = ''] = keys
      const bus = openBus(options(), key, key)
      await untilHeard(bus, key, 'before')
      const port = await cluster().primaryOf(slotOf(key))
      const portOf = await portsOf()
      const others = keys.filter(each => portOf(slotOf(each)) !== port)
      await harm(port)
      for (const other of others) expect(await serves(link, other)()).toBe(true)
      expect(await cluster().primaryOf(slotOf(key))).not.toBe(port)
      for (const each of keys) await until(serves(link, each), 'it serves again')
      expect(again).toBeGreaterThan(0)
      await untilHeard(bus, key, 'after')
      expect(bus.connected()).toBeGreaterThan(1)
      expect(await link.primaries()).toHaveLength(3)
    },
    120_000,
  )

  it('begins while the cluster is down, and serves once it is up', async () => {
    const [first, ...others] = cluster().nodes
    const map = { up: false }
    const addressMap = (address: { host: string; port: number }) =>
      map.up ? address : { ...address, port: 1 }
    const { connection } = options([first, ...others].filter(node => node !== undefined))
    const link = open({ connection: { ...connection, addressMap } })
    const key = ownPrefix()
    expect(await serves(link, key)()).toBe(false)
    map.up = true
    await until(serves(link, key), 'it serves')
  })

  it('refuses at once when none of its nodes is there', async () => {
    const link = open({ connection: { cluster: { nodes: [{ host: '127.0.0.1', port: 1 }] } } })
    await expect(link.send(['GET', 'a'], 'a')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(link.primaries()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('a bus in a cluster', () => {
  it('follows its record to another node', async () => {
    const channel = ownPrefix()
    const bus = openBus(options(), channel)
    await untilHeard(bus, channel, 'before')
    const key = `${channel}:record`
    await bus.link.send(['SET', key, '1'])
    const to = await move([slotOf(key)])
    await until(async () => {
      const reply = await limited(bus.link.send(['GET', key])).catch(() => undefined)
      return text(reply) === '1'
    }, 'it is there')
    await until(async () => bus.connected() > 1, 'both connections stand')
    expect(text(await bus.link.send(['INFO', 'server']))).toContain(`tcp_port:${to}`)
    await untilHeard(bus, channel, 'after')
  }, 60_000)
})

describe('a cluster client that was handed in', () => {
  const password = () => new URL(cluster().nodes[0]?.url ?? '').password

  async function nodeRedis() {
    const rootNodes = cluster().nodes.map(({ host, port }) => ({ socket: { host, port } }))
    const client = createCluster({ rootNodes, defaults: { password: password() } })
    client.on('error', () => undefined)
    await client.connect()
    return { client, end: () => client.destroy() }
  }

  async function ioredis() {
    const nodes = cluster().nodes.map(({ host, port }) => ({ host, port }))
    const redis = new Cluster(nodes, { redisOptions: { password: password() } })
    redis.on('error', () => undefined)
    await redis.ping()
    return { client: fromIoredis(redis), end: () => redis.disconnect() }
  }

  it.each([
    ['node-redis', nodeRedis],
    ['ioredis', ioredis],
  ])('of %s sends each key where its slot is, and hears', async (_, create) => {
    const { client, end } = await create()
    const prefix = ownPrefix()
    const link = open({ client }, ['return 1'])
    const keys = keysOf(prefix, 50)
    await Promise.all(keys.map(key => link.send(['SET', key, key], key)))
    const read = await Promise.all(keys.map(key => link.send(['GET', key], key)))
    expect(read.map(text)).toEqual(keys)
    expect(link.slotOf('123456789')).toBe(12_739)
    expect(await link.primaries()).toHaveLength(3)
    const bus = openBus({ client }, prefix)
    await untilHeard(bus, prefix, 'heard')
    await closeAll()
    end()
  })
})

it('leaves no socket when it is closed', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter(kind => /TCP|TLS/.test(kind)).length
  const before = sockets()
  for (const nodes of [undefined, [{ host: '127.0.0.1', port: 1 }]]) {
    const { connection } = options()
    const link = open(nodes ? { connection: { cluster: { nodes } } } : { connection })
    const bus = openBus(nodes ? { connection: { cluster: { nodes } } } : { connection }, ownPrefix())
    await Promise.all([link.send(['PING']), bus.link.send(['PING'])]).catch(() => undefined)
    await closeAll()
  }
  // In the middle of the first attempt as well.
  openBus(options(), ownPrefix())
  open(options())
  await closeAll()
  await until(async () => sockets() <= before, 'every socket is gone')
})
