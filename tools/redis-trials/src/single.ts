/** One Redis server on a port that it keeps, and a proxy before it for each worker. */

import { randomBytes } from 'node:crypto'
import { type RunningServer, startRedis } from '@greenlang/servers'
import { createClient } from 'redis'
import { type Line, openLine } from './line.ts'
import type { RedisPlace } from './subject.ts'
import type { Server, Topology } from './topology.ts'

export async function startSingle(workers: number, random: () => number): Promise<Topology> {
  const server = await createServer()
  const lines: Line[] = []
  for (let number = 0; number < workers; number += 1) lines.push(await openLine(server.place, random))
  return {
    name: `one Redis ${server.version}`,
    lines,
    primaries: () => [server],
    async close() {
      for (const line of lines) await line.close()
      await server.close()
    },
  }
}

export interface OwnServer extends Server {
  readonly place: RedisPlace
  readonly version: string
  close(): Promise<void>
}

const username = 'trial'

export async function createServer(): Promise<OwnServer> {
  const password = randomBytes(16).toString('hex')
  // The server's own password is another at each start; this user keeps his.
  const settings = { user: `${username} on >${password} ~* &* +@all` }
  let running: RunningServer | undefined = await startRedis({ redisUrl: '', settings })
  const port = Number(new URL(running.url).port)
  const { version } = running
  const place: RedisPlace = { host: '127.0.0.1', port, username, password }
  let client = await openAdmin(place)
  const signal = (name: NodeJS.Signals) => {
    if (running?.pid !== undefined) process.kill(running.pid, name)
  }
  const stop = async () => {
    client.destroy()
    const stopped = running
    running = undefined
    await stopped?.stop()
  }
  return {
    place,
    version,
    send: command => client.sendCommand([...command]),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async kill() {
      signal('SIGKILL')
      await stop()
    },
    async restart() {
      running = await startRedis({ redisUrl: '', settings, port })
      client = await openAdmin(place)
    },
    close: stop,
  }
}

async function openAdmin({ host, port, username, password }: RedisPlace) {
  const client = createClient({ socket: { host, port, reconnectStrategy: false }, username, password })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
