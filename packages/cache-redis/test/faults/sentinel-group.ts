/** A Sentinel group for one test file, put right after each test. */
import { type RunningSentinel, startSentinel } from '@greenlang/servers'
import { afterAll, beforeAll } from '@jest/globals'

export interface FileSentinel {
  readonly group: RunningSentinel
  /** How a tier or a bus finds it. */
  source(): {
    connection: { password: string; sentinel: { name: string; password: string; nodes: Address[] } }
  }
  urlOf(port: number): string
  pause(port: number): void
  /** Whatever was paused. */
  resume(): void
  restore(): Promise<void>
}

interface Address {
  readonly host: string
  readonly port: number
}

/** To be called once a file, at its top. */
export function fileSentinel(): FileSentinel {
  const started: { group?: RunningSentinel } = {}
  const paused = new Set<number>()
  beforeAll(async () => {
    started.group = await startSentinel({ failoverTimeoutMs: 2_000 })
  }, 120_000)
  afterAll(() => started.group?.stop(), 60_000)
  const group = () => started.group as RunningSentinel
  const nodeOf = (port: number) => group().nodes.find(node => node.port === port)
  const resume = () => {
    for (const pid of paused) process.kill(pid, 'SIGCONT')
    paused.clear()
  }
  return {
    get group() {
      return group()
    },
    source() {
      const { name, password, sentinels } = group()
      const nodes = sentinels.map(({ host, port }) => ({ host, port }))
      return { connection: { password, sentinel: { name, password, nodes } } }
    },
    urlOf: port => nodeOf(port)?.url ?? '',
    pause(port) {
      const pid = nodeOf(port)?.pid ?? 0
      paused.add(pid)
      process.kill(pid, 'SIGSTOP')
    },
    resume,
    async restore() {
      resume()
      for (const node of [...group().nodes, ...group().sentinels])
        if (!node.running) await group().restart(node.port)
      await group().settled()
    },
  }
}
