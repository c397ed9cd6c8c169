/** Whether the nodes of a Redis Cluster that run have come to one mind, after a failover or a move of slots. */
import { untilTrue, type Wait } from './agreement.ts'
import { clusterOk } from './cluster-state.ts'
import { clusterSeenBy, type SeenNode } from './cluster-view.ts'
import type { RedisNode } from './redis-group.ts'
import { roleOf } from './replication.ts'

/** Resolves when all running nodes are ok, see the same owners and each other, and their replicas are up to date. */
export async function clusterSettled(
  nodes: () => readonly RedisNode[],
  wait: Omit<Wait, 'what'>,
): Promise<void> {
  const settled = async () => {
    const running = nodes().filter(node => node.running)
    const views = await Promise.all(running.map(({ url }) => clusterSeenBy(url)))
    const ports = running.map(({ port }) => port)
    const agreed = new Set(views.map(seen => ownership(seen))).size === 1
    return agreed && views.every(seen => sees(seen, ports)) && (await clusterOk(running)) && follow(running)
  }
  await untilTrue(settled, { ...wait, what: 'all nodes that run are of one mind' })
}

const ownership = (seen: readonly SeenNode[]) =>
  seen
    .map(({ id, ranges }) => `${id} ${ranges.join(' ')}`)
    .sort()
    .join('\n')

function sees(seen: readonly SeenNode[], ports: readonly number[]): boolean {
  const well = seen.filter(({ flags }) => !flags.some(flag => /^(fail|handshake|noaddr)/.test(flag)))
  return ports.every(port => well.some(node => node.port === port))
}

async function follow(nodes: readonly RedisNode[]): Promise<boolean> {
  const roles = await Promise.all(nodes.map(({ url }) => roleOf(url)))
  return roles.every(({ role, link }) => role === 'master' || link === 'connected')
}
