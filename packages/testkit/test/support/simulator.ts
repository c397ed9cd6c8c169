/**
 * Simulations in a process of their own. Inside jest, after a few hundred test files, the same ones take up to eight
 * times as long.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SimulationReport } from '../../src/simulation/index.ts'

export interface SimulationRequest {
  readonly mix: string
  readonly seed: number
  readonly durationMs?: number
  /** Name of a mutant, or `naive`. Default: the whole protocol. */
  readonly variant?: string
}

export interface Simulator {
  simulate(request: SimulationRequest): Promise<SimulationReport>
  close(): void
}

interface Waiter {
  resolve(report: SimulationReport): void
  reject(error: Error): void
}

export function openSimulator(): Simulator {
  const script = fileURLToPath(new URL('simulator-child.ts', import.meta.url))
  const execArgv = ['--conditions=greenlang-source', '--import', 'tsx']
  const child: ChildProcess = fork(script, { execArgv, serialization: 'advanced' })
  const waiting = new Map<number, Waiter>()
  let asked = 0
  child.on('message', (message: { id: number; report?: SimulationReport; error?: string }) => {
    const waiter = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.report) waiter?.resolve(message.report)
    else waiter?.reject(new Error(message.error))
  })
  child.on('exit', code => {
    for (const { reject } of waiting.values()) reject(new Error(`the simulator ended with ${code}`))
  })
  return {
    simulate(request) {
      asked += 1
      const id = asked
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        child.send({ id, request })
      })
    },
    close: () => void child.kill(),
  }
}
