/** What the Sentinels of a group say, and whether they agree. */
import { untilSeen, untilTrue, type Wait } from './agreement.ts'
import { askOnce, connectRedis } from './redis-connection.ts'
import type { RedisNode } from './redis-group.ts'
import { roleOf } from './replication.ts'

/** A server or Sentinel that is paused says nothing; it is not waited for. */
const viewLimitMs = 1_000

/** Resolves when each Sentinel knows every replica and every other Sentinel. */
export async function sentinelsAgree(
  group: { name: string; sentinels: readonly RedisNode[]; replicaCount: number },
  wait: Omit<Wait, 'what'>,
): Promise<void> {
  const { name, sentinels, replicaCount } = group
  const complete = async ({ url }: RedisNode) => {
    using connection = await connectRedis(url, { signal: wait.signal })
    const primary = fields(await connection.send('SENTINEL', 'MASTER', name))
    const answer = await connection.send('SENTINEL', 'REPLICAS', name)
    const replicas = Array.isArray(answer) ? answer.map(fields) : []
    const following = replicas.filter(replica => replica['master-link-status'] === 'ok')
    const others = Number(primary['num-other-sentinels'])
    return following.length === replicaCount && others === sentinels.length - 1
  }
  const agree = async () => (await Promise.all(sentinels.map(complete))).every(Boolean)
  await untilTrue(agree, { ...wait, what: 'each Sentinel knows the whole group' })
}

/** Port of the server that at least `quorum` Sentinels name as primary and that answers as one. */
export async function presentPrimary(
  group: { name: string; quorum: number; nodes(): readonly RedisNode[]; sentinels(): readonly RedisNode[] },
  wait: Omit<Wait, 'what'>,
): Promise<number> {
  const look = async () => {
    const voters = group.sentinels().filter(({ running }) => running)
    const votes = await Promise.all(voters.map(({ url }) => namedPrimary(url, group.name)))
    const named = group.nodes().find(node => {
      return node.running && votes.filter(vote => vote === node.port).length >= group.quorum
    })
    if (named === undefined) return undefined
    const { role } = await roleOf(named.url, { limitMs: viewLimitMs })
    return role === 'master' ? named.port : undefined
  }
  return untilSeen(look, { ...wait, what: 'a primary named by most Sentinels answers as one' })
}

async function namedPrimary(url: string, name: string): Promise<number | undefined> {
  const command = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]
  const answer = await askOnce(url, command, { limitMs: viewLimitMs }).catch(() => undefined)
  return Array.isArray(answer) ? Number(answer[1]) : undefined
}

/** Redis gives a record as a list: name, value, name, value … */
function fields(answer: unknown): Readonly<Record<string, string>> {
  const list = Array.isArray(answer) ? answer.map(String) : []
  const pairs = list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? '']] : []))
  return Object.fromEntries(pairs)
}
