import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../../', import.meta.url))

export interface Child {
  readonly process: ChildProcess
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

/** Runs `child.ts` until it says `ready`. */
export async function startChild(mode: 'hold' | 'write', directory: string): Promise<Child> {
  const script = fileURLToPath(new URL('child.ts', import.meta.url))
  const args = ['--conditions=greenlang-source', '--import', 'tsx', script, mode, directory]
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await Promise.race([
    once(child.stdout, 'data'),
    exited.then(([code]) => Promise.reject(new Error(`child ended with ${code} before it was ready`))),
  ])
  return {
    process: child,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
