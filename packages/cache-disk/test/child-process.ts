import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterwards } from './disk-context.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))

export interface Child {
  /** Resolves once it has said that many lines; the first says that it is ready. */
  said(lines: number): Promise<void>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

/** Runs `child.ts` until it is ready; it is killed after the test at the latest. */
export async function startChild(mode: 'hold' | 'write', directory: string): Promise<Child> {
  const script = fileURLToPath(new URL('child.ts', import.meta.url))
  const args = ['--conditions=greenlang-source', '--import', 'tsx', script, mode, directory]
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)
  let count = 0
  lines.on('line', () => {
    count += 1
  })
  const said = async (wanted: number) => {
    const ended = exited.then(([code]) => Promise.reject(new Error(`child ended with ${code}`)))
    while (count < wanted) await Promise.race([once(lines, 'line'), ended])
    ended.catch(() => undefined)
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  afterwards(kill)
  await said(1)
  return { said, kill }
}
