/**
 * Moves slots with their keys from one primary to another while clients go on, as redis-cli does. Of each slot: the target
 * imports, the source migrates (a key that is not there any more is answered by ASK), the keys move in batches, and then
 * each primary is told the new owner. The target is told first: should the source say so first and all fail, nobody
 * would own the slot.
 */
import { checkInteger } from '@greenlang/core'
import { slotCount } from './cluster-form.ts'
import { clusterSeenBy } from './cluster-view.ts'
import { RedisGroupError } from './error.ts'
import { type Connection, connectRedis } from './redis-connection.ts'
import type { RedisNode } from './redis-group.ts'

/** Keys in one MIGRATE: the source serves nobody meanwhile. */
const batch = 100
const migrateLimitMs = 5_000

interface SlotMove {
  readonly nodes: readonly RedisNode[]
  readonly password: string
  readonly slots: readonly number[]
  readonly from: RedisNode
  readonly to: RedisNode
}

interface Ends {
  readonly source: Connection
  readonly target: Connection
  readonly sourceId: string
  readonly targetId: string
  readonly others: readonly Connection[]
}

/** Resolves when each primary knows the new owner. A slot at which it failed can be moved by the same call again. */
export async function moveSlots(move: SlotMove): Promise<void> {
  for (const slot of move.slots) checkInteger('slots', slot, 0, slotCount - 1)
  for (const { running, port } of [move.from, move.to]) if (!running) throw notRunning(port)
  const opened: Connection[] = []
  const open = async ({ url }: RedisNode) => {
    const connection = await connectRedis(url, { limitMs: migrateLimitMs * 2 })
    opened.push(connection)
    return connection
  }
  try {
    const source = await open(move.from)
    const target = await open(move.to)
    const others = await otherPrimaries(move, open)
    const [sourceId, targetId] = [await idOf(source), await idOf(target)]
    for (const slot of move.slots) await moveSlot(move, { source, target, sourceId, targetId, others }, slot)
  } finally {
    for (const connection of opened) connection[Symbol.dispose]()
  }
}

async function moveSlot(move: SlotMove, ends: Ends, slot: number): Promise<void> {
  const { source, target, sourceId, targetId, others } = ends
  const set = (connection: Connection, ...state: string[]) =>
    connection.send('CLUSTER', 'SETSLOT', String(slot), ...state)
  await set(target, 'IMPORTING', sourceId)
  await set(source, 'MIGRATING', targetId)
  for (;;) {
    const keys = await source.send('CLUSTER', 'GETKEYSINSLOT', String(slot), String(batch))
    if (!Array.isArray(keys) || keys.length === 0) break
    await migrate(move, source, keys)
  }
  await set(target, 'NODE', targetId)
  await set(source, 'NODE', targetId)
  // They would learn it by gossip; one that failed meanwhile does.
  await Promise.all(others.map(other => set(other, 'NODE', targetId).catch(() => {})))
}

async function migrate(move: SlotMove, source: Connection, keys: readonly string[]): Promise<void> {
  const { host, port } = move.to
  const place = [host, String(port), '', '0', String(migrateLimitMs)]
  // REPLACE: where a batch broke off, the target has keys that the source went on serving.
  await source.send('MIGRATE', ...place, 'REPLACE', 'AUTH', move.password, 'KEYS', ...keys)
}

async function otherPrimaries(
  { nodes, from, to }: SlotMove,
  open: (node: RedisNode) => Promise<Connection>,
): Promise<readonly Connection[]> {
  const seen = await clusterSeenBy(from.url)
  const primaries = seen.filter(({ flags }) => flags.includes('master') && !flags.includes('fail'))
  const ports = primaries.map(({ port }) => port).filter(port => port !== from.port && port !== to.port)
  const others = nodes.filter(({ port, running }) => running && ports.includes(port))
  return Promise.all(others.map(open))
}

async function idOf(connection: Connection): Promise<string> {
  return String(await connection.send('CLUSTER', 'MYID'))
}

function notRunning(port: number): RedisGroupError {
  return new RedisGroupError('not-running', `the server on port ${port} does not run; restart it first`)
}
