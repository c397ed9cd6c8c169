/** Makes one Redis Cluster of nodes that know nothing of each other, by the commands that redis-cli would send. */
import { untilTrue, type Wait } from './agreement.ts'
import { clusterOk } from './cluster-state.ts'
import { clusterSeenBy } from './cluster-view.ts'
import { type Connection, connectRedis } from './redis-connection.ts'
import type { RedisNode } from './redis-group.ts'
import { replicasFollow } from './replication.ts'

export const slotCount = 16_384

/** The first half of `nodes` become primaries with equal parts of the slots, each with one of the rest as replica. */
export async function formCluster(nodes: readonly RedisNode[], wait: Omit<Wait, 'what'>): Promise<void> {
  const connections: Connection[] = []
  try {
    for (const { url } of nodes) connections.push(await connectRedis(url, { signal: wait.signal }))
    await meet(nodes, connections)
    const primaries = nodes.length / 2
    await Promise.all(connections.slice(0, primaries).map((one, index) => giveSlots(one, index, primaries)))
    const acquainted = () => everyView(nodes, wait, seen => seen.every(({ flags }) => knows(flags)))
    await untilTrue(acquainted, { ...wait, what: 'each node knows every other' })
    await Promise.all(
      connections.slice(primaries).map(async (replica, index) => {
        const id = await connections[index]?.send('CLUSTER', 'MYID')
        await replica.send('CLUSTER', 'REPLICATE', String(id))
      }),
    )
    await clusterComplete(nodes, wait)
  } finally {
    for (const connection of connections) connection[Symbol.dispose]()
  }
}

const knows = (flags: readonly string[]) => !flags.includes('handshake') && !flags.includes('noaddr')

/** Resolves when every node takes commands and sees the same primaries and replicas, and all replicas are up to date. */
async function clusterComplete(nodes: readonly RedisNode[], wait: Omit<Wait, 'what'>): Promise<void> {
  const half = nodes.length / 2
  const complete = () =>
    everyView(nodes, wait, seen => seen.filter(({ flags }) => flags.includes('slave')).length === half)
  await untilTrue(complete, { ...wait, what: 'each node knows the replicas' })
  await replicasFollow(nodes.slice(half), wait)
  const ok = () => clusterOk(nodes, { signal: wait.signal })
  await untilTrue(ok, { ...wait, what: 'the cluster is ok for each node' })
}

async function everyView(
  nodes: readonly RedisNode[],
  { signal }: Omit<Wait, 'what'>,
  agrees: (seen: Awaited<ReturnType<typeof clusterSeenBy>>) => boolean,
): Promise<boolean> {
  const views = await Promise.all(nodes.map(({ url }) => clusterSeenBy(url, { signal })))
  return views.every(seen => seen.length === nodes.length && agrees(seen))
}

/** Each has an epoch of its own from the start, so that they need not settle that among themselves. */
async function meet(nodes: readonly RedisNode[], connections: readonly Connection[]): Promise<void> {
  for (const [index, connection] of connections.entries())
    await connection.send('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
  // All pairs, and not only the first with the rest: gossip alone would take seconds.
  for (const [index, connection] of connections.entries())
    for (const { host, port } of nodes.slice(index + 1))
      await connection.send('CLUSTER', 'MEET', host, String(port))
}

/** ADDSLOTS and not ADDSLOTSRANGE, which Redis 6 has not. */
async function giveSlots(primary: Connection, index: number, primaries: number): Promise<void> {
  const first = Math.ceil((index * slotCount) / primaries)
  const end = Math.ceil(((index + 1) * slotCount) / primaries)
  const slots = Array.from({ length: end - first }, (_, offset) => String(first + offset))
  await primary.send('CLUSTER', 'ADDSLOTS', ...slots)
}
