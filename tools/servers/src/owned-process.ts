/**
 * Processes that end with us. Each `Supervisor` is one `reaper.mjs`: it makes a temporary directory, runs processes for
 * us, and when we close it, exit or are killed it stops them and removes the directory. Should the reaper itself be
 * killed, we notice and do both in its stead.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@greenlang/core'

/** A process to run. `env` is all of its environment. */
export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  /** Sent in this order to end it, `stopLimitMs` apart, before SIGKILL to its whole group. Default: none. */
  readonly stopSignals?: readonly NodeJS.Signals[]
  /** How long each of `stopSignals` is given, in ms. Default 5000. */
  readonly stopLimitMs?: number
  /** How much of the end of its output is kept, in characters. Default 16384; for `run`, 1048576. */
  readonly keptOutput?: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
  /** The end of what it wrote, stdout and stderr together. */
  readonly output: string
}

export interface OwnedProcess {
  readonly pid: number
  /** Never rejects. */
  readonly exited: Promise<Exit>
}

export interface Supervisor {
  /** Made for this supervisor; removed with everything in it. */
  readonly directory: string
  /** Rejects with the system's `code` (ENOENT, EACCES …) when the process cannot be started. */
  start(command: Command): Promise<OwnedProcess>
  /** Starts it and waits for its end, whatever its exit code. */
  run(command: Command): Promise<Exit>
  /** Ends every process and lets none start; the directory stays until `close`. */
  interrupt(): void
  /** From here on it does not keep this process alive: when this process ends, the reaper does its work. */
  unref(): void
  /** Ends every process and removes the directory. Idempotent. */
  close(): Promise<void>
}

/** Longest the reaper may take to stop everything before it is killed and its work done from here. */
const closeLimitMs = 30_000

/** The directory's path is `directoryPrefix` and six random characters. Rejects with the system's `code`. */
export async function openSupervisor(directoryPrefix: string): Promise<Supervisor> {
  const supervisor = new ReaperSupervisor(directoryPrefix)
  await supervisor.opened
  return supervisor
}

interface Tracked {
  pid?: number
  readonly started: Settle<OwnedProcess>
  readonly exited: Settle<Exit>
}

class ReaperSupervisor implements Supervisor {
  readonly opened: Promise<void>
  directory = ''
  readonly #reaper: ChildProcess
  readonly #gone: Promise<void>
  readonly #opening = settle<void>()
  readonly #processes = new Map<number, Tracked>()
  #nextId = 1
  #closing: Promise<void> | undefined

  constructor(directoryPrefix: string) {
    this.opened = this.#opening.promise
    this.#reaper = spawn(process.execPath, [reaperFile, directoryPrefix], {
      detached: true,
      env: withoutNodeOptions(),
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    // Writing to a reaper that was killed fails; its end is handled below.
    this.#reaper.stdin?.on('error', () => {})
    if (this.#reaper.stdout)
      createInterface({ input: this.#reaper.stdout }).on('line', line => this.#receive(JSON.parse(line)))
    this.#gone = new Promise(resolve => {
      this.#reaper.once('error', error => resolve(this.#bury(error)))
      this.#reaper.once('close', () => resolve(this.#bury(failure(reaperEnded))))
    })
  }

  start(command: Command): Promise<OwnedProcess> {
    const id = this.#nextId++
    const tracked: Tracked = { started: settle(), exited: settle() }
    this.#processes.set(id, tracked)
    if (this.#reaper.exitCode === null && this.#reaper.signalCode === null) this.#send({ id, ...command })
    else this.#forget(id, failure(reaperEnded))
    return tracked.started.promise
  }

  async run(command: Command): Promise<Exit> {
    const started = await this.start({ keptOutput: 1_048_576, ...command })
    return started.exited
  }

  interrupt(): void {
    this.#send({ interrupt: true })
  }

  unref(): void {
    this.#reaper.unref()
    for (const pipe of this.#pipes()) pipe.unref()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#reaper.ref()
    for (const pipe of this.#pipes()) pipe.ref()
    this.#reaper.stdin?.end()
    const limit = new AbortController()
    const late = systemClock.sleep(closeLimitMs, { signal: limit.signal }).then(
      () => this.#reaper.kill('SIGKILL'),
      () => {},
    )
    await this.#gone
    limit.abort()
    await late
  }

  #pipes(): Socket[] {
    return [this.#reaper.stdin, this.#reaper.stdout] as unknown as Socket[]
  }

  #send(request: object): void {
    this.#reaper.stdin?.write(`${JSON.stringify(request)}\n`)
  }

  #receive(message: Message): void {
    if ('directory' in message) {
      this.directory = message.directory
      this.#opening.resolve()
    } else if ('fatal' in message) this.#opening.reject(failure(message.fatal))
    else if ('failed' in message) this.#forget(message.id, failure(message.failed))
    else this.#track(message)
  }

  #track(message: Started | Ended): void {
    const tracked = this.#processes.get(message.id)
    if (!tracked) return
    if ('pid' in message) {
      tracked.pid = message.pid
      tracked.started.resolve({ pid: message.pid, exited: tracked.exited.promise })
    } else {
      this.#processes.delete(message.id)
      tracked.exited.resolve(message.exit)
    }
  }

  #forget(id: number, error: Error): void {
    const tracked = this.#processes.get(id)
    this.#processes.delete(id)
    tracked?.started.reject(error)
    tracked?.exited.resolve({ code: null, signal: 'SIGKILL', output: '' })
  }

  /** The reaper is gone. After an orderly close there is nothing left to do here. */
  async #bury(error: Error): Promise<void> {
    this.#opening.reject(error)
    for (const [id, { pid }] of this.#processes) {
      if (pid !== undefined) killGroup(pid)
      this.#forget(id, error)
    }
    if (this.directory !== '')
      await rm(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }).catch(
        () => {},
      )
  }
}

interface Failure {
  readonly code: string
  readonly syscall?: string
  readonly message: string
}
type Started = { readonly id: number; readonly pid: number }
type Ended = { readonly id: number; readonly exit: Exit }
type Message =
  | { readonly directory: string }
  | { readonly fatal: Failure }
  | { readonly id: number; readonly failed: Failure }
  | Started
  | Ended

interface Settle<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function settle<T>(): Settle<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

const reaperEnded: Failure = { code: 'ECANCELED', message: 'the reaper process ended' }

function failure({ message, ...facts }: Failure): Error {
  return Object.assign(new Error(message), facts)
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has gone meanwhile.
  }
}

const reaperFile = fileURLToPath(new URL('./reaper.mjs', import.meta.url))

/** Loaders and flags meant for this process would only slow the reaper, or stop it from starting. */
function withoutNodeOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...environment } = process.env
  return environment
}
