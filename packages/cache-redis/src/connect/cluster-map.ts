import { addressText, type RedisAddress } from './address.ts'
import type { Send } from './link.ts'
import { slotCount } from './slot.ts'
import type { AddressMap } from './source.ts'

/** Which primary has which slots, as one node of the cluster sees it. */
export interface ClusterMap {
  readonly owners: readonly SlotRange[]
}

interface SlotRange {
  readonly from: number
  readonly to: number
  readonly owner: RedisAddress
}

/** `undefined` where nobody has the slot. */
export function ownerOf({ owners }: ClusterMap, slot: number): RedisAddress | undefined {
  return owners.find(({ from, to }) => slot >= from && slot <= to)?.owner
}

/** Each primary once. */
export function primariesOf({ owners }: ClusterMap): RedisAddress[] {
  return [...new Map(owners.map(({ owner }) => [addressText(owner), owner])).values()]
}

/**
 * What `send`, to the node at `asked`, answers to CLUSTER SLOTS. A node that does not know its own address leaves it out:
 * it is the one that was asked by.
 * @throws what it rejects with, or an Error for an answer of another form.
 */
export async function askForMap(send: Send, asked: RedisAddress, map: AddressMap): Promise<ClusterMap> {
  const reply = await send(['CLUSTER', 'SLOTS'])
  if (!Array.isArray(reply) || reply.length === 0) throw new Error('the cluster has no slots')
  return { owners: reply.map(range => readRange(range, asked, map)) }
}

function readRange(range: unknown, asked: RedisAddress, map: AddressMap): SlotRange {
  const [from, to, primary] = range as [unknown, unknown, [unknown, unknown]]
  const [first, last, port] = [Number(from), Number(to), Number(primary[1])]
  if (!(first >= 0 && last < slotCount && port > 0))
    throw new Error('the cluster told something else than slots')
  const host = String(primary[0] ?? '')
  const unknown = host === '' || host === '?'
  return { from: first, to: last, owner: unknown ? { host: asked.host, port } : map({ host, port }) }
}
