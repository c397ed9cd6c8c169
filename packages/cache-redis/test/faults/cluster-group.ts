/** A cluster for one test file, put right after each test. */
import { type RunningCluster, startCluster } from '@greenlang/servers'
import { afterAll, beforeAll } from '@jest/globals'
import { slotOf } from '../../src/connect/slot.ts'

export interface FileCluster {
  readonly cluster: RunningCluster
  /** How a tier or a bus finds it. */
  source(): { connection: { password: string; cluster: { nodes: { host: string; port: number }[] } } }
  /** Port of the primary that has the slot of a key. */
  ownerOf(key: string): Promise<number>
  pause(port: number): void
  restore(): Promise<void>
}

/**
 * To be called once a file, at its top.
 * @param nodeTimeoutMs Of the servers: how long one may be silent before its replica takes its place.
 */
export function fileCluster(nodeTimeoutMs = 1_000): FileCluster {
  const started: { cluster?: RunningCluster } = {}
  const paused = new Set<number>()
  beforeAll(async () => {
    started.cluster = await startCluster({ nodeTimeoutMs })
  }, 120_000)
  afterAll(() => started.cluster?.stop(), 60_000)
  const cluster = () => started.cluster as RunningCluster
  return {
    get cluster() {
      return cluster()
    },
    source() {
      const { password, nodes } = cluster()
      return { connection: { password, cluster: { nodes: nodes.map(({ host, port }) => ({ host, port })) } } }
    },
    ownerOf: key => cluster().primaryOf(slotOf(key)),
    pause(port) {
      const pid = cluster().nodes.find(node => node.port === port)?.pid ?? 0
      paused.add(pid)
      process.kill(pid, 'SIGSTOP')
    },
    async restore() {
      for (const pid of paused) process.kill(pid, 'SIGCONT')
      paused.clear()
      for (const node of cluster().nodes) if (!node.running) await cluster().restart(node.port)
      await cluster().settled()
    },
  }
}
