/**
 * Redis under Sentinel, for tests and proofs: one primary, two replicas, three Sentinels; two of them decide.
 *
 * The times are those of Redis but for the two options. So a primary that was killed and comes back on its port answers
 * as a primary, empty, for about 8 s after a failover, until the Sentinels make it a replica: that is how Sentinel is.
 */
import { checkInteger } from '@greenlang/core'
import { untilTrue } from './agreement.ts'
import { throwAwaySettings } from './redis-configuration.ts'
import type { NodeControls, RedisNode } from './redis-group.ts'
import { areFollowing, replicasFollow } from './replication.ts'
import { presentPrimary, sentinelsAgree } from './sentinel-view.ts'
import {
  type CheckedGroupOptions,
  checkGroupOptions,
  type GroupFacts,
  type GroupOptions,
  type GroupStart,
  startGroup,
} from './start-group.ts'

export interface SentinelOptions extends GroupOptions {
  /**
   * How long a server must be silent before a Sentinel takes it for down, 100 to 60000 ms. Default 2000. Up to 1000 a server
   * just promoted may be taken for down at once, and a second failover follow: a Sentinel that has connected anew pings
   * after that time or a second, whichever is less. Replicas without a primary for ten times as long are not promoted.
   */
  downAfterMs?: number
  /** The `failover-timeout` of Sentinel; after twice that it tries again, 500 to 600000 ms. Default 3000. */
  failoverTimeoutMs?: number
}

/** One primary, two replicas and three Sentinels that answer, and agree. Controls take the port of any of the six. */
export interface RunningSentinel extends GroupFacts, NodeControls {
  /** By which the Sentinels, and clients, know the group. */
  readonly name: string
  /** The three servers as they are now; the first began as the primary. */
  readonly nodes: readonly RedisNode[]
  readonly sentinels: readonly RedisNode[]
  /**
   * Port of the primary that most Sentinels name and that answers as one; waits for a failover up to `limitMs` (60000).
   * @throws RedisGroupError (`timeout`).
   */
  primary(options?: { limitMs?: number }): Promise<number>
  /**
   * Resolves when there is a primary and every other server that runs is a replica up to date with it; waits up to
   * `limitMs` (60000).
   * @throws RedisGroupError (`timeout`).
   */
  settled(options?: { limitMs?: number }): Promise<void>
}

const name = 'greenlang'
const quorum = 2
const replicaCount = 2
const sentinelCount = 3
const formLimitMs = 60_000
/** One look at a group that may be in a failover. */
const lookMs = 1_000

interface CheckedSentinelOptions extends CheckedGroupOptions {
  readonly downAfterMs: number
  readonly failoverTimeoutMs: number
}

/**
 * A Sentinel group of our own on free ports.
 * @throws ServerUnavailableError, ServerStartError, RedisGroupError, InvalidOptionError, or the signal's reason.
 */
export async function startSentinel(options: SentinelOptions = {}): Promise<RunningSentinel> {
  const checked = checkGroupOptions('startSentinel', options, ['downAfterMs', 'failoverTimeoutMs'])
  const { downAfterMs = 2_000, failoverTimeoutMs = 3_000 } = options
  const complete = {
    ...checked,
    downAfterMs: checkInteger('downAfterMs', downAfterMs, 100, 60_000),
    failoverTimeoutMs: checkInteger('failoverTimeoutMs', failoverTimeoutMs, 500, 600_000),
  }
  return startGroup('Redis Sentinel', checked, start => build(start, complete))
}

async function build(start: GroupStart, options: CheckedSentinelOptions): Promise<RunningSentinel> {
  const { group, facts } = start
  const servers = await startServers(start, options)
  const ports = servers.map(({ port }) => port)
  const sentinelPorts = await startSentinels(start, ports[0] ?? 0, options)
  const nodes = () => ports.map(port => group.node(port))
  const sentinels = () => sentinelPorts.map(port => group.node(port))
  const wait = { limitMs: formLimitMs, signal: options.signal }
  await sentinelsAgree({ name, sentinels: sentinels(), replicaCount }, wait)
  const primary = ({ limitMs = formLimitMs } = {}) =>
    presentPrimary({ name, quorum, nodes, sentinels }, { limitMs })
  return {
    ...facts,
    name,
    get nodes() {
      return nodes()
    },
    get sentinels() {
      return sentinels()
    },
    kill: port => group.kill(port),
    restart: port => group.restart(port),
    primary,
    settled: ({ limitMs = formLimitMs } = {}) => groupSettled({ nodes, primary }, limitMs),
  }
}

/** Asked anew each time: while the others come to follow it, the primary may become another. */
async function groupSettled(
  { nodes, primary }: { nodes(): readonly RedisNode[]; primary: RunningSentinel['primary'] },
  limitMs: number,
): Promise<void> {
  const follow = async () => {
    const port = await primary({ limitMs: lookMs })
    const others = nodes().filter(node => node.running && node.port !== port)
    return areFollowing(others, { limitMs: lookMs }, port)
  }
  await untilTrue(follow, { limitMs, what: 'every other server that runs follows the primary' })
}

/** The primary first, so that the replicas know its port. Resolves when they are up to date with it. */
async function startServers(start: GroupStart, options: CheckedSentinelOptions): Promise<RedisNode[]> {
  const { group, binary } = start
  const own = {
    ...throwAwaySettings(binary, group.password),
    masterauth: group.password,
    // A replica that has just come need not wait for others to come.
    'repl-diskless-sync-delay': '0',
    ...options.settings,
  }
  const primary = await group.add({ name: 'node-1', settings: own })
  const settings = { ...own, replicaof: `127.0.0.1 ${primary.port}` }
  const adding = ['node-2', 'node-3'].map(name => group.add({ name, settings }))
  const replicas = await Promise.all(adding)
  const wait = { limitMs: formLimitMs, signal: options.signal }
  await replicasFollow(replicas, wait)
  return [primary, ...replicas]
}

/** Each keeps what it learns in its configuration file, and knows it again after a restart. */
async function startSentinels(
  { group }: GroupStart,
  primaryPort: number,
  { downAfterMs, failoverTimeoutMs }: CheckedSentinelOptions,
): Promise<number[]> {
  const settings = {
    bind: '127.0.0.1',
    requirepass: group.password,
    'sentinel monitor': `${name} 127.0.0.1 ${primaryPort} ${quorum}`,
    'sentinel auth-pass': `${name} ${group.password}`,
    'sentinel down-after-milliseconds': `${name} ${downAfterMs}`,
    'sentinel failover-timeout': `${name} ${failoverTimeoutMs}`,
  }
  const adding = Array.from({ length: sentinelCount }, (_, index) =>
    group.add({ name: `sentinel-${index + 1}`, settings, args: ['--sentinel'] }),
  )
  return (await Promise.all(adding)).map(({ port }) => port)
}
