/** One question to a Redis or Valkey server: are you there, and which version? */
import { createClient } from 'redis'
import { answerLimitMs, askWithin } from './given-url.ts'

/** The version, such as `7.0.15`. Rejects with the client's or the server's error, or ETIMEDOUT. */
export async function askRedis(url: string, signal?: AbortSignal): Promise<string> {
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: answerLimitMs } })
  client.on('error', () => {})
  const giveUp = () => {
    if (client.isOpen) client.destroy()
  }
  const ask = async () => {
    await client.connect()
    await client.ping()
    // A user who may not ask for it can still use the server.
    const information = await client.info('server').catch(() => '')
    await client.close()
    return /^(?:valkey|redis)_version:(\S+)/m.exec(information)?.[1] ?? 'of unknown version'
  }
  return askWithin(ask, giveUp, signal)
}
