/** Attaches strace to one thread of a process, to list its calls or to kill it at one of them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Calls by which a process changes files. */
export const mutating = [
  ...['openat', 'write', 'writev', 'pwrite64', 'pwritev', 'rename', 'unlink', 'unlinkat', 'rmdir', 'mkdir'],
  ...['fsync', 'fdatasync', 'ftruncate', 'fallocate'],
] as const

/** Of one thread: its place among the threads of the process in the order of their ids, and the n-th call of that name. */
export interface CrashPoint {
  readonly thread: number
  readonly call: string
  readonly nth: number
}

export function threadsOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .sort((a, b) => a - b)
}

/** Resolves once strace has the thread. */
export async function attach(thread: number, args: readonly string[]): Promise<ChildProcess> {
  const tracer = spawn('strace', [...args, '-p', `${thread}`], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  tracer.stderr?.on('data', chunk => {
    said += chunk
  })
  for (let looks = 0; !isTraced(thread); looks += 1) {
    if (looks > 1000 || tracer.exitCode !== null) throw new Error(`strace did not attach: ${said}`)
    await wait(2)
  }
  return tracer
}

export async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit')
}

function isTraced(thread: number): boolean {
  return !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${thread}/status`, 'utf8'))
}

/** Those of a trace made with `-y` that change something below `directory`, numbered as strace counts them. */
export function pointsIn(trace: string, thread: number, directory: string): CrashPoint[] {
  const counts = new Map<string, number>()
  const points: CrashPoint[] = []
  for (const line of trace.split('\n')) {
    const call = /^(?:\d+ +)?(\w+)\(/.exec(line)?.[1]
    if (!call) continue
    const nth = (counts.get(call) ?? 0) + 1
    counts.set(call, nth)
    if (!line.includes(directory)) continue
    if (call === 'openat' && !line.includes('O_CREAT')) continue
    points.push({ thread, call, nth })
  }
  return points
}
