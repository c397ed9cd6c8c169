/** What the nodes of a Redis Cluster say of it as a whole: `CLUSTER INFO`. */
import { askOnce, type ConnectOptions } from './redis-connection.ts'

/** Whether each of these nodes says `cluster_state:ok`, and so serves its slots. */
export async function clusterOk(
  nodes: readonly { readonly url: string }[],
  options?: ConnectOptions,
): Promise<boolean> {
  const answers = await Promise.all(nodes.map(({ url }) => askOnce(url, ['CLUSTER', 'INFO'], options)))
  return answers.every(answer => /^cluster_state:ok\r?$/m.test(String(answer)))
}
