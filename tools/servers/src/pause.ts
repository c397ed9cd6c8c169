/**
 * A server that is there and does nothing: SIGSTOP to it and to its workers, as PostgreSQL has one for each connection.
 * A shell keeps the list and sends SIGCONT to all of them once its input ends, so that it does so too when this process is
 * killed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { systemClock } from '@greenlang/core'
import type { RunningServer } from './running-server.ts'

export interface Pause {
  /** Lets it go on. Idempotent. */
  resume(): Promise<void>
}

const keeper =
  'trap "" INT TERM HUP; pids=""; while read -r pid; do pids="$pids $pid"; kill -STOP "$pid"; echo "$pid"; done; ' +
  'for pid in $pids; do kill -CONT "$pid"; done'

/** Needs Linux. @throws Error for a server that was not started here. */
export async function pauseServer({ pid, origin }: RunningServer): Promise<Pause> {
  if (pid === undefined) throw new Error(`the server of ${origin} was not started here and cannot be paused`)
  const shell = spawn('/bin/sh', ['-c', keeper], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  shell.stdin.on('error', () => {})
  const ended = once(shell, 'close')
  ended.catch(() => {})
  const resume = async () => {
    shell.stdin.end()
    await ended
  }
  const told = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()
  const stop = async (pids: readonly number[]) => {
    for (const each of pids) shell.stdin.write(`${each}\n`)
    for (const _ of pids) await told.next()
    for (const each of pids) await untilStopped(each)
  }
  try {
    await stop([pid])
    // Only now, for it starts no more of them.
    await stop(childrenOf(pid))
    return { resume }
  } catch (error) {
    await resume()
    throw error
  }
}

const pollMs = 1
const stopLimitMs = 10_000

/** A signal that was sent is taken when its process is next at work: until then it may still do something, fork say. */
async function untilStopped(pid: number): Promise<void> {
  const end = systemClock.now() + stopLimitMs
  while (!['T', 't', 'Z', undefined].includes(statusOf(`${pid}`)?.state)) {
    if (systemClock.now() > end) throw new Error(`process ${pid} did not stop within ${stopLimitMs} ms`)
    await systemClock.sleep(pollMs)
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && statusOf(name)?.parent === parent)
    .map(Number)
}

interface Status {
  /** One letter, as ps has it. */
  readonly state: string
  readonly parent: number
}

function statusOf(pid: string): Status | undefined {
  try {
    // The name, in brackets, may hold spaces and brackets; after it come the state and the parent.
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}
