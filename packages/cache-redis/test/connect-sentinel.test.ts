/** A Sentinel group: whoever is the primary is used, soon after it became one, whatever became of the one before. */
import { type RunningSentinel, startRedis, startSentinel } from '@greenlang/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createSentinel } from 'redis'
import {
  closeAll,
  fakeRedis,
  greeting,
  isGreeting,
  limited,
  open,
  openBus,
  serves,
  text,
  untilHeard,
} from './connect-support.ts'
import { ownPrefix, rawClient, until } from './support.ts'

const started: { group?: RunningSentinel } = {}
const stopped = new Set<number>()

beforeAll(async () => {
  started.group = await startSentinel({ failoverTimeoutMs: 2_000 })
}, 120_000)
afterEach(async () => {
  await closeAll()
  for (const pid of stopped) process.kill(pid, 'SIGCONT')
  stopped.clear()
  for (const node of [...group().nodes, ...group().sentinels])
    if (!node.running) await group().restart(node.port)
  await group().settled()
}, 120_000)
afterAll(() => started.group?.stop())

const group = () => started.group as RunningSentinel

const options = (sentinels = group().sentinels) => ({
  connection: {
    password: group().password,
    sentinel: {
      name: group().name,
      nodes: sentinels.map(({ host, port }) => ({ host, port })),
      password: group().password,
    },
  },
})

const pidOf = (port: number) => group().nodes.find(node => node.port === port)?.pid ?? 0

function stop(pid: number): void {
  stopped.add(pid)
  process.kill(pid, 'SIGSTOP')
}

const portOf = async (link: { send(command: string[]): Promise<unknown> }) =>
  Number(/tcp_port:(\d+)/.exec(text(await limited(link.send(['INFO', 'server']))))?.[1])

describe('a link to a Sentinel group', () => {
  it.each([
    ['is killed', (port: number) => group().kill(port)],
    ['is stopped', async (port: number) => stop(pidOf(port))],
  ])(
    'whose primary %s goes on with the next one',
    async (_, harm) => {
      const key = ownPrefix()
      const link = open(options(), ['return 1'])
      const bus = openBus(options(), key)
      let again = 0
      link.watch(() => {
        again += 1
      })
      await until(serves(link, key), 'it serves')
      await untilHeard(bus, key, 'before')
      const before = await portOf(link)
      expect(before).toBe(await group().primary())
      await harm(before)
      const after = await group().primary()
      expect(after).not.toBe(before)
      await until(serves(link, key), 'it serves again')
      await untilHeard(bus, key, 'after')
      expect([await portOf(link), await portOf(bus.link)]).toEqual([after, after])
      expect(again).toBeGreaterThan(0)
      expect(bus.connected()).toBeGreaterThan(1)
    },
    60_000,
  )

  it('serves on while all Sentinels are down, and finds a primary when they are back (node-redis#3127, #3237)', async () => {
    const key = ownPrefix()
    const link = open(options())
    await until(serves(link, key), 'it serves')
    const primaryPort = await portOf(link)
    for (const { port } of group().sentinels) await group().kill(port)
    expect(await serves(link, key)()).toBe(true)
    const late = open(options())
    expect(await serves(late, key)()).toBe(false)
    // Who lost its connection meanwhile has nobody to ask.
    const primary = group().nodes.find(({ port }) => port === primaryPort)
    const admin = await rawClient(primary?.url)
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal'])
    admin.destroy()
    await until(async () => !(await serves(link, key)()), 'it fails')
    for (const { port } of group().sentinels) await group().restart(port)
    await group().primary()
    await until(serves(link, key), 'it serves again')
    await until(serves(late, key), 'the later one serves')
  }, 90_000)

  it('needs one Sentinel that answers, not the stopped one beside it', async () => {
    const [first, ...others] = group().sentinels
    for (const { pid } of others) stop(pid)
    const key = ownPrefix()
    const link = open(options())
    await until(serves(link, key), 'it serves')
    expect(first?.running).toBe(true)
  }, 60_000)

  it('maps addresses, and says when the Sentinels do not know the group', async () => {
    const seen: string[] = []
    const { connection } = options()
    const addressMap = (address: { host: string; port: number }) => {
      seen.push(address.host)
      return { host: 'localhost', port: address.port }
    }
    const link = open({ connection: { ...connection, addressMap } })
    await until(serves(link, ownPrefix()), 'it serves')
    expect(new Set(seen)).toEqual(new Set(['127.0.0.1']))
    const sentinel = { ...connection.sentinel, name: 'nobody' }
    const unknown = open({ connection: { ...connection, sentinel } })
    await expect(unknown.send(['PING'])).rejects.toMatchObject({ code: 'NO_PRIMARY' })
  })
})

describe('a Sentinel client of node-redis that was handed in', () => {
  it('is used as it is, and hears', async () => {
    const { password, name } = group()
    const client = createSentinel({
      name,
      sentinelRootNodes: group().sentinels.map(({ host, port }) => ({ host, port })),
      nodeClientOptions: { password },
      sentinelClientOptions: { password },
    })
    client.on('error', () => undefined)
    await client.connect()
    const key = ownPrefix()
    const link = open({ client }, ['return 1'])
    await link.send(['SET', key, Buffer.of(0xff)], key)
    expect(await link.send(['GET', key], key)).toEqual(Buffer.of(0xff))
    const bus = openBus({ client }, key)
    await untilHeard(bus, key, 'heard')
    await closeAll()
    client.destroy()
  })
})

describe('a primary that became a replica', () => {
  it('is left at its first refusal, and not taken before it is a primary', async () => {
    const servers = await Promise.all([startRedis({ redisUrl: '' }), startRedis({ redisUrl: '' })])
    const [before, after] = servers.map(({ url }) => new URL(url)) as [URL, URL]
    const told = { port: before.port }
    const fake = await fakeRedis((socket, data) => {
      if (isGreeting(data)) socket.write(greeting)
      else socket.write(`*2\r\n$9\r\n127.0.0.1\r\n$${told.port.length}\r\n${told.port}\r\n`)
    })
    const admins = await Promise.all(servers.map(({ url }) => rawClient(url)))
    const user = ['ACL', 'SETUSER', 'tier', 'on', '>tier', '~*', '&*', '+@all']
    for (const admin of admins) await admin.sendCommand(user)
    const sentinel = { name: 'fake', nodes: [{ host: '127.0.0.1', port: Number(new URL(fake.url).port) }] }
    const link = open({ connection: { username: 'tier', password: 'tier', sentinel } })
    const key = ownPrefix()
    expect(await link.send(['SET', key, 'a'], key)).toBe('OK')
    const refusals: string[] = []
    await admins[0]?.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    await until(async () => {
      await link.send(['SET', key, 'b'], key).catch(error => refusals.push(`${error.code ?? error.message}`))
      return refusals.includes('NOT_PRIMARY')
    }, 'it is refused as a replica')
    expect(refusals[0]).toContain('READONLY')
    told.port = after.port
    await until(serves(link, key), 'it serves again')
    expect(await portOf(link)).toBe(Number(after.port))
    for (const admin of admins) admin.destroy()
    await closeAll()
    for (const server of servers) await server.stop()
  })
})
