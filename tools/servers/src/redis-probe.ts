/** One question to a Redis or Valkey server: are you there, and which version? */
import { connectRedis } from './redis-connection.ts'

/** The version, such as `7.0.15`. Rejects with the client's or the server's error, or ETIMEDOUT. */
export async function askRedis(url: string, signal?: AbortSignal): Promise<string> {
  using connection = await connectRedis(url, { signal })
  await connection.send('PING')
  // A user who may not ask for it can still use the server.
  const information = String(await connection.send('INFO', 'server').catch(() => ''))
  return /^(?:valkey|redis)_version:(\S+)/m.exec(information)?.[1] ?? 'of unknown version'
}
