/**
 * A Redis Cluster for tests and proofs: three primaries with a third of the slots each, three replicas.
 *
 * Each node keeps its map of the cluster in its folder, so one that is killed and started again finds its place: as a
 * replica after a failover. One that comes back sooner, as the primary it was, has lost its keys, as Redis without a
 * disk does.
 */
import { checkInteger } from '@greenlang/core'
import { untilSeen } from './agreement.ts'
import { formCluster, slotCount } from './cluster-form.ts'
import { clusterSettled } from './cluster-settle.ts'
import { slotOwner } from './cluster-view.ts'
import { moveSlots } from './move-slots.ts'
import { throwAwaySettings } from './redis-configuration.ts'
import type { NodeControls, RedisNode } from './redis-group.ts'
import {
  type CheckedGroupOptions,
  checkGroupOptions,
  type GroupFacts,
  type GroupOptions,
  type GroupStart,
  startGroup,
} from './start-group.ts'

export interface ClusterOptions extends GroupOptions {
  /** The `cluster-node-timeout`: how long a node may be silent before it counts as down, 200 to 60000 ms. Default 1500. */
  nodeTimeoutMs?: number
}

/** Six nodes that answer, all with `cluster_state:ok`. */
export interface RunningCluster extends GroupFacts, NodeControls {
  /** The six as they are now; the first three began as primaries, and node i + 3 as replica of node i. */
  readonly nodes: readonly RedisNode[]
  /**
   * Port of the node that most nodes, itself among them, name as owner of the slot (0 to 16383); waits for a failover up
   * to `limitMs` (60000).
   * @throws RedisGroupError (`timeout`), InvalidOptionError.
   */
  primaryOf(slot: number, options?: { limitMs?: number }): Promise<number>
  /**
   * Resolves when all nodes that run serve, see the same owners of slots, and their replicas are up to date; waits up to
   * `limitMs` (60000).
   * @throws RedisGroupError (`timeout`).
   */
  settled(options?: { limitMs?: number }): Promise<void>
  /**
   * Moves slots and their keys from one primary to another while clients go on. A primary that gives away its last slot
   * becomes a replica.
   * @throws RedisGroupError (`unknown-port`, `not-running`), InvalidOptionError, or what the servers answer.
   */
  moveSlots(slots: readonly number[], fromPort: number, toPort: number): Promise<void>
}

const nodeCount = 6
const formLimitMs = 60_000

/**
 * A cluster of our own on free ports below 55000 (its own talk 10000 above).
 * @throws ServerUnavailableError, ServerStartError, RedisGroupError, InvalidOptionError, or the signal's reason.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<RunningCluster> {
  const checked = checkGroupOptions('startCluster', options, ['nodeTimeoutMs'])
  const nodeTimeoutMs = checkInteger('nodeTimeoutMs', options.nodeTimeoutMs ?? 1_500, 200, 60_000)
  return startGroup('Redis Cluster', checked, start => build(start, { ...checked, nodeTimeoutMs }))
}

async function build(
  { group, binary, facts }: GroupStart,
  { settings, signal, nodeTimeoutMs }: CheckedGroupOptions & { nodeTimeoutMs: number },
): Promise<RunningCluster> {
  const own = {
    ...throwAwaySettings(binary, group.password),
    masterauth: group.password,
    // A replica that has just come need not wait for others to come.
    'repl-diskless-sync-delay': '0',
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': String(nodeTimeoutMs),
    ...settings,
  }
  const adding = Array.from({ length: nodeCount }, (_, index) =>
    group.add({ name: `node-${index + 1}`, settings: own }),
  )
  const formed = await Promise.all(adding)
  await formCluster(formed, { limitMs: formLimitMs, signal })
  const nodes = () => formed.map(({ port }) => group.node(port))
  return {
    ...facts,
    get nodes() {
      return nodes()
    },
    kill: port => group.kill(port),
    restart: port => group.restart(port),
    primaryOf: async (slot, { limitMs = formLimitMs } = {}) => {
      checkInteger('slot', slot, 0, slotCount - 1)
      return untilSeen(() => slotOwner(nodes(), slot), { limitMs, what: `most nodes agree on slot ${slot}` })
    },
    settled: ({ limitMs = formLimitMs } = {}) => clusterSettled(nodes, { limitMs }),
    moveSlots: async (slots, fromPort, toPort) => {
      const [from, to] = [group.node(fromPort), group.node(toPort)]
      await moveSlots({ nodes: nodes(), password: group.password, slots, from, to })
    },
  }
}
