/** A connection to one Redis server for a few commands, each within a limit: a server that is paused never answers. */
import { createClient } from 'redis'
import { answerLimitMs, askWithin } from './given-url.ts'

export interface Connection extends Disposable {
  /** The server's answer as RESP2 has it. Rejects with the server's or the client's error, or ETIMEDOUT. */
  send(...command: string[]): Promise<unknown>
}

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined
  /** For the connection, and for each command, in ms. Default 5000. */
  readonly limitMs?: number
}

/** It must be disposed of. */
export async function connectRedis(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const { signal, limitMs = answerLimitMs } = options
  // RESP2, so that Redis 6 and Sentinel answer in the same shape as later ones.
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false, connectTimeout: limitMs } })
  client.on('error', () => {})
  const leave = () => {
    if (client.isOpen) client.destroy()
  }
  const within = <T>(ask: () => Promise<T>) => askWithin(ask, leave, { signal, limitMs })
  await within(() => client.connect())
  return { send: (...command) => within(() => client.sendCommand(command)), [Symbol.dispose]: leave }
}

/** One command on a connection of its own. */
export async function askOnce(
  url: string,
  command: readonly string[],
  options?: ConnectOptions,
): Promise<unknown> {
  using connection = await connectRedis(url, options)
  return await connection.send(...command)
}
