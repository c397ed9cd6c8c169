/** Runs the demo as a user does, in a temp directory of its own, and says what it printed and what it left behind. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface DemoRun {
  readonly child: ChildProcess
  /** Everything printed so far, both streams; which of two lines on different ones came first cannot be told. */
  printed(): string
  /** The last line of the error stream. */
  complaint(): string
  /** Resolves once `pattern` was printed; rejects if the demo ends before. */
  until(pattern: RegExp): Promise<void>
  /** Exit code, once everything has ended. */
  readonly ended: Promise<number | null>
  /** Processes still running and files still lying in its temp directory. */
  leftovers(): readonly string[]
  remove(): void
}

export interface RunOptions {
  environment?: Record<string, string>
  /** Directories, relative to the repository or `temp`, that are a small file system of their own: MB of each. */
  small?: Readonly<Record<string, number>>
}

export async function runDemo(
  args: readonly string[],
  { environment = {}, small = {} }: RunOptions = {},
): Promise<DemoRun> {
  const directory = mkdtempSync(join(tmpdir(), 'demo-run-'))
  // PostgreSQL gives up root's rights and must still reach its data below.
  await chmod(directory, 0o755)
  const demo = [process.execPath, 'scripts/run.mjs', 'demo', '--scale', 'small', '--seconds', '1', ...args]
  const mounts = Object.entries(small).map(([name, mb]) =>
    mountCommand(name === 'temp' ? directory : join(root, name), mb),
  )
  const [program = '', ...rest] = mounts.length === 0 ? demo : [...inMounts(mounts), ...demo]
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env
  const child = spawn(program, rest, {
    cwd: root,
    env: { ...inherited, TMPDIR: directory, DEMO_RUN: directory, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let printed = ''
  const listeners = new Set<() => void>()
  const collect = (chunk: Buffer) => {
    printed += chunk
    for (const listener of listeners) listener()
  }
  let complained = ''
  child.stdout?.on('data', collect)
  child.stderr?.on('data', (chunk: Buffer) => {
    complained += chunk
    collect(chunk)
  })
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(printed) && resolve()
      listeners.add(look)
      look()
      ended.then(code => reject(new Error(`ended with ${code} before ${pattern}:\n${printed}`)))
    })
  return {
    child,
    printed: () => printed,
    complaint: () => complained.trimEnd().split('\n').at(-1) ?? '',
    until,
    ended,
    leftovers: () => [...readdirSync(directory), ...processesOf(directory)],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

function mountCommand(directory: string, mb: number): string {
  mkdirSync(directory, { recursive: true })
  return `/bin/mount -t tmpfs -o size=${mb}m,mode=0755 tmpfs '${directory}'`
}

/** In a mount namespace of its own, so that nobody else sees the small file systems, and nothing has to be unmounted. */
function inMounts(mounts: readonly string[]): string[] {
  return ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', `${mounts.join(' && ')} && exec "$@"`, 'sh']
}

/** Every process that has inherited the run's environment, whatever it calls itself. */
function processesOf(directory: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`DEMO_RUN=${directory}`))
    .map(name => `${name}: ${read(`/proc/${name}/cmdline`).replaceAll('\0', ' ')}`)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
