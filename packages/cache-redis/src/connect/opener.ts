import type { RedisAddress } from './address.ts'
import { discover } from './cluster-discovery.ts'
import { ownerOf, primariesOf } from './cluster-map.ts'
import { createPrimaryFinder } from './sentinel.ts'
import { failure, openSession, type ServerSession, type SessionPlan } from './session.ts'
import { slotOf } from './slot.ts'
import type { ClusterSource, SentinelSource, ServerSource } from './source.ts'

/** Finds the server and opens a session with it, each time anew. */
export interface Opener {
  open(signal: AbortSignal): Promise<ServerSession>
  close(): void
}

export type SessionExtras = Pick<SessionPlan, 'scripts'>

/** With one server: always the same, or the one that is the primary of its group by then. */
export function createOpener(source: ServerSource | SentinelSource, extras: SessionExtras): Opener {
  const { access } = source
  if (source.kind === 'server')
    return {
      open: signal => openSession({ address: source.address, access, ...extras }, signal),
      close: ignore,
    }
  const finder = createPrimaryFinder(source)
  const open = async (signal: AbortSignal) =>
    openSession({ address: await finder.find(), access, primaryOnly: true, ...extras }, signal)
  return { open, close: () => finder.close() }
}

function ignore(): void {}

/** With the node of a cluster that has the slot of `key` by then. */
export function createOwnerOpener(source: ClusterSource, key: string, extras: SessionExtras): Opener {
  let known: readonly RedisAddress[] = []
  const open = async (signal: AbortSignal) => {
    const map = await discover(source, [...known, ...source.nodes], signal)
    known = primariesOf(map)
    const address = ownerOf(map, slotOf(key))
    if (!address) throw failure('NO_PRIMARY', 'no node of the cluster has this slot')
    return openSession({ address, access: source.access, ...extras }, signal)
  }
  return { open, close: ignore }
}
