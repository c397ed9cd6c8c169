/** What the nodes of a Redis Cluster say of each other: `CLUSTER NODES`, read. */
import { askOnce, type ConnectOptions } from './redis-connection.ts'
import type { RedisNode } from './redis-group.ts'

/** A node that is paused says nothing; it is not waited for. */
const viewLimitMs = 1_000

export interface SeenNode {
  readonly id: string
  readonly port: number
  /** `myself`, `master`, `slave`, `fail?`, `fail`, `handshake` … */
  readonly flags: readonly string[]
  /** Of the primary it follows; `-` for a primary. */
  readonly primaryId: string
  /** First and last slot of each range it serves. */
  readonly ranges: readonly (readonly [number, number])[]
}

function readClusterNodes(text: string): readonly SeenNode[] {
  const lines = text.split('\n').filter(line => line !== '')
  return lines.map(line => {
    const [id = '', address = '', flags = '', primaryId = '', , , , , ...slots] = line.split(' ')
    const port = Number(/:(\d+)@/.exec(address)?.[1])
    // Slots that move stand in brackets, besides.
    const ranges = slots.filter(slot => !slot.startsWith('[')).map(readRange)
    return { id, port, flags: flags.split(','), primaryId, ranges }
  })
}

function readRange(text: string): readonly [number, number] {
  const [first = '', last = first] = text.split('-')
  return [Number(first), Number(last)]
}

export async function clusterSeenBy(url: string, options?: ConnectOptions): Promise<readonly SeenNode[]> {
  const answer = await askOnce(url, ['CLUSTER', 'NODES'], { limitMs: viewLimitMs, ...options })
  return readClusterNodes(String(answer))
}

function serves({ ranges }: SeenNode, slot: number): boolean {
  return ranges.some(([first, last]) => first <= slot && slot <= last)
}

/** Port of the node that more than half of all `nodes`, itself among them, name as the owner of the slot. */
export async function slotOwner(nodes: readonly RedisNode[], slot: number): Promise<number | undefined> {
  const running = nodes.filter(node => node.running)
  const votes = await Promise.all(
    running.map(async ({ url, port }) => {
      const seen = await clusterSeenBy(url).catch(() => [])
      const owner = seen.find(node => serves(node, slot) && !node.flags.includes('fail'))
      return { voter: port, owner: owner?.port }
    }),
  )
  const supported = running.find(({ port }) => {
    const supporters = votes.filter(({ owner }) => owner === port)
    return supporters.length * 2 > nodes.length && supporters.some(({ voter }) => voter === port)
  })
  return supported?.port
}
