/**
 * A server that is there and does nothing: SIGSTOP to it and to its workers, as PostgreSQL has one for each connection.
 * A shell keeps the list and sends SIGCONT to all of them once its input ends, so that it does so too when this process is
 * killed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
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
  const stop = (pids: readonly number[]) => {
    for (const each of pids) shell.stdin.write(`${each}\n`)
  }
  try {
    const stopped = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()
    stop([pid])
    await stopped.next()
    // Only now, for it starts no more of them.
    const workers = childrenOf(pid)
    stop(workers)
    for (const _ of workers) await stopped.next()
    return { resume }
  } catch (error) {
    await resume()
    throw error
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number)
}

function parentOf(pid: string): number | undefined {
  try {
    // The name, in brackets, may hold spaces and brackets; after it come the state and the parent.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(parent)
  } catch {
    return undefined
  }
}
