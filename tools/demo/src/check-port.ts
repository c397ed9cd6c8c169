import { once } from 'node:events'
import { createServer } from 'node:net'

/** Asked before a million rows are loaded rather than after. @throws Error in one sentence if the port is taken. */
export async function checkPort(port: number): Promise<void> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  } catch (error) {
    const { code } = error as { code?: string }
    throw new Error(
      `port ${port} cannot be listened on (${code}); choose another with --port, or leave it out for a free one`,
    )
  }
  server.close()
  await once(server, 'close')
}
