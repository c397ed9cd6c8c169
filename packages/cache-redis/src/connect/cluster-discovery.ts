import { withDeadline } from '@greenlang/resilience'
import { addressText, type RedisAddress } from './address.ts'
import { askForMap, type ClusterMap } from './cluster-map.ts'
import { openSession } from './session.ts'
import { shuffled } from './shuffled.ts'
import type { ClusterSource } from './source.ts'

/** Nodes that are asked at once. */
const mostAsked = 5
/** How long they may take, in ms. */
const answerMs = 1_000

/**
 * The map of a cluster by the first of some `nodes`, chosen at random, that answers. Rejects when none does, or when
 * `signal` aborts; no connection is left.
 */
export function discover(
  { access, addressMap }: ClusterSource,
  nodes: readonly RedisAddress[],
  signal: AbortSignal,
): Promise<ClusterMap> {
  const answered = new AbortController()
  const askAll = (late: AbortSignal) => {
    late.addEventListener('abort', () => answered.abort(late.reason))
    return Promise.any(someOf(nodes).map(ask))
  }
  const ask = async (address: RedisAddress) => {
    const session = await openSession({ address, access }, answered.signal)
    const end = () => session.end(answered.signal.reason)
    answered.signal.addEventListener('abort', end)
    try {
      return await askForMap(session.send, address, addressMap)
    } finally {
      end()
    }
  }
  return withDeadline('the cluster', answerMs, askAll, { signal })
    .catch(error => {
      // Of several refusals one speaks for all.
      throw (error as { errors?: unknown[] }).errors?.[0] ?? error
    })
    .finally(() => answered.abort())
}

/** Each once. */
function someOf(nodes: readonly RedisAddress[]): RedisAddress[] {
  const distinct = new Map(nodes.map(node => [addressText(node), node]))
  return shuffled([...distinct.values()]).slice(0, mostAsked)
}
