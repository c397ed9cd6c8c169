/** Keys that no other test uses, in a server that others use as well. */
import { randomBytes } from 'node:crypto'
import { testRedisUrl } from '@greenlang/servers'
import { createClient } from 'redis'

export function ownPrefix(): string {
  return `test-${process.pid}-${randomBytes(6).toString('hex')}:`
}

/** Removes what the tests of this process, and of those it began, wrote under its prefixes. */
export async function removeOwnKeys(): Promise<void> {
  const client = createClient({ url: testRedisUrl() })
  client.on('error', () => undefined)
  await client.connect()
  for await (const keys of client.scanIterator({ MATCH: `*test-${process.pid}-*`, COUNT: 1_000 }))
    if (keys.length > 0) await client.unlink(keys)
  client.destroy()
}
