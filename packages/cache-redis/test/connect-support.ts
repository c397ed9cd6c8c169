/** For tests of the ways to Redis alone, below the tier and the bus. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { BusLink, Link, RedisCommand } from '../src/connect/link.ts'
import { openBusLink, openLink } from '../src/connect/open-link.ts'
import { checkSource } from '../src/connect/options.ts'
import type { RedisSourceOptions } from '../src/connect/source-options.ts'
import { until } from './support.ts'

export type Options = RedisSourceOptions

const opened = new Set<{ close(): Promise<unknown> }>()

/** Closed by `closeAll`. */
export function open(options: Options, scripts: readonly string[] = []): Link {
  const link = openLink(checkSource('test', options), { scripts })
  opened.add(link)
  return link
}

export interface TestBus {
  readonly link: BusLink
  /** Each `channel message` that was heard. */
  readonly heard: string[]
  /** How often both connections were told to stand. */
  connected(): number
}

export function openBus(options: Options, channel: string, key = `${channel}:record`): TestBus {
  const heard: string[] = []
  let connected = 0
  const link = openBusLink(checkSource('test', options), {
    key,
    channels: [channel],
    scripts: ['return 1'],
    hear: (from, message) => heard.push(`${from} ${message}`),
    connected() {
      connected += 1
    },
  })
  opened.add(link)
  return { link, heard, connected: () => connected }
}

export async function closeAll(): Promise<void> {
  await Promise.all([...opened].map(each => each.close()))
  opened.clear()
}

/** Whatever it is, as text. */
export const text = (reply: unknown): string => String(reply)

/** Whether a write and a read of `key` go through. */
export const serves = (link: Link, key: string) => async (): Promise<boolean> => {
  const mark = String(performance.now())
  try {
    await limited(link.send(['SET', key, mark], key))
    return text(await limited(link.send(['GET', key], key))) === mark
  } catch {
    return false
  }
}

/** A link has no deadline of its own: its callers have. */
export function limited<T>(promise: Promise<T>, ms = 1_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('late')), ms)
    promise.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

/** Publishes until it is heard. */
export async function untilHeard(bus: TestBus, channel: string, message: string): Promise<void> {
  const publish: RedisCommand = ['PUBLISH', channel, message]
  await until(async () => {
    await limited(bus.link.send(publish)).catch(() => undefined)
    return bus.heard.includes(`${channel} ${message}`)
  }, `${message} is heard`)
}

/** A server that greets as Redis 7 does; what it answers to the commands that follow, `answer` says. */
export async function fakeRedis(answer: (socket: Socket, data: string, nth: number) => void) {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    const nth = connections
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.on('data', data => answer(socket, data.toString('latin1'), nth))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const fake = {
    url: `redis://127.0.0.1:${port}`,
    connections: () => connections,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  opened.add(fake)
  return fake
}

/** What Redis answers to the greeting of node-redis: HELLO, and twice CLIENT SETINFO. */
export const greeting = '%1\r\n+server\r\n+redis\r\n+OK\r\n+OK\r\n'
export const isGreeting = (data: string): boolean => data.includes('HELLO')
