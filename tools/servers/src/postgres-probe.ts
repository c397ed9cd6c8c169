/** One question to a PostgreSQL server: are you there, and which version? */
import { Socket } from 'node:net'
import { Client } from 'pg'
import { askWithin } from './given-url.ts'

/** The version, such as `18.4`. Rejects with the driver's or the server's error, or ETIMEDOUT. */
export async function askPostgres(connectionString: string, signal?: AbortSignal): Promise<string> {
  // A socket of our own: the one way to end a client that waits for a server which never answers.
  const socket = new Socket()
  const client = new Client({ connectionString, stream: () => socket })
  client.on('error', () => {})
  const ask = async () => {
    await client.connect()
    const answer = await client.query<{ server_version: string }>('SHOW server_version')
    await client.end()
    return answer.rows[0]?.server_version.split(' ')[0] ?? 'of unknown version'
  }
  return askWithin(ask, () => socket.destroy(), { signal })
}
