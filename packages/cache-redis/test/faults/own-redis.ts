/** A Redis of one test file: it can be killed, and comes back empty on the same port under the same password. */
import { type RunningServer, startRedis } from '@greenlang/servers'
import { createClient } from 'redis'
import { until } from '../support.ts'

export interface OwnRedis {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly password: string
  readonly pid: number
  /** One command, over a connection of its own. */
  ask(...command: string[]): Promise<unknown>
  /** By SIGKILL. */
  kill(): Promise<void>
  restart(): Promise<void>
  pause(): void
  resume(): void
  stop(): Promise<void>
}

export async function ownRedis(): Promise<OwnRedis> {
  let server = await start()
  const { url } = server
  const { hostname: host, port, password } = new URL(url)
  return {
    url,
    host,
    port: Number(port),
    password,
    get pid() {
      return pidOf(server)
    },
    ask: (...command) => askAt(url, command),
    async kill() {
      process.kill(pidOf(server), 'SIGKILL')
      await until(async () => !isAlive(pidOf(server)), 'Redis is dead')
      await server.stop()
    },
    async restart() {
      server = await start(Number(port))
      // It was started under another password, which nobody knows yet.
      await askAt(server.url, ['CONFIG', 'SET', 'requirepass', password])
    },
    pause: () => void process.kill(pidOf(server), 'SIGSTOP'),
    resume: () => void process.kill(pidOf(server), 'SIGCONT'),
    stop: () => server.stop(),
  }
}

const start = (port?: number) =>
  startRedis({
    redisUrl: '',
    settings: { 'enable-debug-command': 'yes' },
    ...(port === undefined ? {} : { port }),
  })

const pidOf = ({ pid }: RunningServer): number => pid ?? 0

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export async function askAt(url: string, command: readonly string[]): Promise<unknown> {
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: false } })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await client.sendCommand([...command])
  } finally {
    client.destroy()
  }
}
