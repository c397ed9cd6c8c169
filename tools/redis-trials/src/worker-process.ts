/** A worker as the conductor sees it: a process that may be stopped, killed and begun anew. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Caller, callerOf } from './calls.ts'
import { processOf, type WorkerJob, type WorkerSettings } from './worker-job.ts'

export interface Worker {
  readonly number: number
  /** Of its process now. */
  readonly life: number
  readonly job: Caller<WorkerJob>
  /** Whether it has a process that takes calls. */
  readonly alive: boolean
  /** Unique numbers of the processes it was that were killed. */
  readonly killed: readonly number[]
  /** Files of what its processes saw, with their unique numbers. */
  readonly records: readonly { readonly process: number; readonly path: string }[]
  /** Stops its process, without its knowledge; `resume` lets it go on. */
  pause(): void
  resume(): void
  /** Kills it at once. */
  kill(): Promise<void>
  /** A new process, connected; after `kill`. */
  begin(): Promise<void>
  close(): Promise<void>
}

export interface WorkerOptions {
  readonly settings: Omit<WorkerSettings, 'life' | 'record'>
  /** For the files of what it saw. */
  readonly directory: string
}

const script = fileURLToPath(new URL('worker.ts', import.meta.url))
const execArgv = ['--conditions=greenlang-source', '--import', 'tsx', '--no-warnings']

export function createWorker(options: WorkerOptions): Worker {
  return new ForkedWorker(options)
}

class ForkedWorker implements Worker {
  readonly killed: number[] = []
  readonly records: { readonly process: number; readonly path: string }[] = []
  readonly #options: WorkerOptions
  #child: ChildProcess | undefined
  #job: Caller<WorkerJob> | undefined
  #life = -1
  #alive = false

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  get number(): number {
    return this.#options.settings.number
  }

  get life(): number {
    return this.#life
  }

  get alive(): boolean {
    return this.#alive
  }

  get job(): Caller<WorkerJob> {
    if (this.#job === undefined) throw new RangeError('the worker has not begun')
    return this.#job
  }

  async begin(): Promise<void> {
    const { settings, directory } = this.#options
    this.#life += 1
    const process = processOf(settings.number, this.#life)
    const path = join(directory, `worker-${settings.number}-${this.#life}.bin`)
    const child = fork(script, { execArgv, cwd: fileURLToPath(new URL('..', import.meta.url)) })
    this.#child = child
    this.#job = callerOf<WorkerJob>(child)
    this.records.push({ process, path })
    child.once('exit', () => {
      if (this.#child === child) this.#alive = false
    })
    await this.#job.call('prepare', { ...settings, life: this.#life, record: path })
    this.#alive = true
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#alive = false
    this.killed.push(processOf(this.number, this.#life))
    await this.#end()
  }

  async close(): Promise<void> {
    this.#alive = false
    await this.#end()
  }

  async #end(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}
