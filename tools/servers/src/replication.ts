/** What a Redis server says of its part in replication. */
import { untilTrue, type Wait } from './agreement.ts'
import { askOnce, type ConnectOptions } from './redis-connection.ts'

interface Role {
  /** `master` or `slave`; `sentinel` for one. */
  readonly role: string
  /** Of a replica: port of its primary. */
  readonly primaryPort?: number
  /** Of a replica: `connected` when it is up to date with its primary. */
  readonly link?: string
}

export async function roleOf(url: string, options?: ConnectOptions): Promise<Role> {
  const answer = await askOnce(url, ['ROLE'], options)
  const [role, , primaryPort, link] = Array.isArray(answer) ? answer : []
  return role === 'slave'
    ? { role, primaryPort: Number(primaryPort), link: String(link) }
    : { role: String(role) }
}

/** Resolves when each of them is a replica that is up to date with its primary. */
export async function replicasFollow(
  replicas: readonly { readonly url: string }[],
  wait: Omit<Wait, 'what'>,
): Promise<void> {
  const follow = () => areFollowing(replicas, { signal: wait.signal })
  await untilTrue(follow, { ...wait, what: 'every replica follows its primary' })
}

/** Whether each of them is a replica now, up to date with its primary, or with that one. */
export async function areFollowing(
  replicas: readonly { readonly url: string }[],
  options?: ConnectOptions,
  primaryPort?: number,
): Promise<boolean> {
  const roles = await Promise.all(replicas.map(({ url }) => roleOf(url, options)))
  return roles.every(role => {
    return role.link === 'connected' && (primaryPort ?? role.primaryPort) === role.primaryPort
  })
}
