/** One life of a process that does an operation, with or without its end at a crash point. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DiskOptions } from '../../src/index.ts'
import { bundled } from './bundle.ts'
import { attach, type CrashPoint, ended, mutating, pointsIn, threadsOf } from './threads.ts'
import { trialDirectory } from './trial-directory.ts'

export interface Plan {
  readonly operation: string
  readonly durability: NonNullable<DiskOptions['durability']>
  readonly integrity: NonNullable<DiskOptions['integrity']>
}

export interface Life {
  readonly directory: string
  readonly acknowledged: boolean
  readonly killed: boolean
}

const bundle = bundled('crash.child')

/** All crash points of the operation, from a life that is only watched. */
export async function crashPointsOf(plan: Plan): Promise<readonly CrashPoint[]> {
  const directory = await trialDirectory()
  const child = await start(plan, directory)
  const threads = threadsOf(child.pid)
  const traces = threads.map((_, place) => join(directory, `trace-${place}`))
  const tracers = await Promise.all(
    threads.map((thread, place) =>
      attach(thread, ['-y', '-s', '0', '-e', `trace=${mutating.join()}`, '-o', traces[place] as string]),
    ),
  )
  await child.finish()
  await Promise.all(tracers.map(ended))
  const points: CrashPoint[] = []
  for (const [place, trace] of traces.entries())
    points.push(...pointsIn(await readFile(trace, 'utf8'), place, `${directory}/cache`))
  await rm(directory, { recursive: true })
  return points
}

/** A life that ends at `point`. What is left lies in `directory`, for the caller to look at and remove. */
export async function lifeUntil(plan: Plan, point: CrashPoint): Promise<Life> {
  const directory = await trialDirectory()
  const child = await start(plan, directory)
  const thread = threadsOf(child.pid)[point.thread] ?? child.pid
  const inject = `inject=${point.call}:signal=KILL:when=${point.nth}`
  const tracer = await attach(thread, ['-e', `trace=${point.call}`, '-e', inject, '-o', '/dev/null'])
  const { said, signal } = await child.finish()
  await ended(tracer)
  return {
    directory: join(directory, 'cache'),
    acknowledged: said.includes('acknowledged'),
    killed: signal === 'SIGKILL',
  }
}

interface Started {
  readonly pid: number
  /** Lets it do the operation, and resolves with what it said once it has ended. */
  finish(): Promise<{ said: readonly string[]; signal: NodeJS.Signals | null }>
}

async function start({ operation, durability, integrity }: Plan, directory: string): Promise<Started> {
  const args = [await bundle(), join(directory, 'cache'), operation, durability, integrity]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const said: string[] = []
  const lines = createInterface(child.stdout)
  lines.on('line', line => said.push(line))
  const over = exited.then(([code]) => Promise.reject(new Error(`${operation}: ended early with ${code}`)))
  while (!said.includes('ready')) await Promise.race([once(lines, 'line'), over])
  over.catch(() => undefined)
  return {
    pid: child.pid as number,
    async finish() {
      child.stdin.write('go\n')
      const [, signal] = await exited
      await drained(child)
      return { said, signal }
    },
  }
}

async function drained({ stdout }: ChildProcess): Promise<void> {
  if (stdout && !stdout.closed) await once(stdout, 'close')
}
