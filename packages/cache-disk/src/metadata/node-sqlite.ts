/**
 * `node:sqlite` on a thread of its own: it is synchronous, and a commit that waits for the disk, a check or a vacuum would
 * hold the event loop. Rejected: small slices on this thread, as neither a sync nor a vacuum can be cut.
 */
import { lstat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { Answer, Request } from './node-sqlite-worker.ts'
import { sqliteError } from './sqlite-errors.ts'
import type { Parameter, SqliteFile } from './sqlite-file.ts'

interface Waiting {
  resolve(rows: readonly unknown[]): void
  reject(error: Error): void
}

const cannotOpen = 14

/** Rejects where Node has none: before 22.13 it is absent or behind a flag. The name is computed so that tools leave it be. */
export async function loadNodeSqlite(): Promise<unknown> {
  const name = ['node', 'sqlite'].join(':')
  return import(name)
}

export async function openNodeSqlite(path: string): Promise<SqliteFile> {
  // It has no flag against links. The directory is its owner's alone, so nobody plants one after this look.
  if ((await lstat(path).catch(() => undefined))?.isFile() !== true)
    throw sqliteError(cannotOpen, 'unable to open database file')
  const file = new NodeSqliteFile()
  try {
    await file.open(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

class NodeSqliteFile implements SqliteFile {
  readonly #worker: Worker
  readonly #waiting: Waiting[] = []
  #lost: Error | undefined

  constructor() {
    // Built files are `.js`, sources `.ts`; the compiler does not rewrite addresses.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./node-sqlite-worker.${extension}`, import.meta.url))
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
    this.#worker.on('error', error =>
      this.#lose(sqliteError(undefined, 'its thread failed', { cause: error })),
    )
    this.#worker.on('exit', () => this.#lose(sqliteError(undefined, 'its thread has ended')))
  }

  async open(path: string): Promise<void> {
    await this.#ask({ type: 'open', path })
  }

  async exec(sql: string): Promise<void> {
    await this.#ask({ type: 'exec', sql })
  }

  async run(sql: string, ...parameters: Parameter[]): Promise<void> {
    await this.#ask({ type: 'run', sql, parameters })
  }

  async all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    return (await this.#ask({ type: 'all', sql, parameters })) as Row[]
  }

  async close(): Promise<void> {
    try {
      if (!this.#lost) await this.#ask({ type: 'close' })
    } finally {
      await this.#worker.terminate()
    }
  }

  /** The thread answers in order. It keeps the process alive only while it is asked something. */
  #ask(request: Request): Promise<readonly unknown[]> {
    if (this.#lost) return Promise.reject(this.#lost)
    this.#worker.ref()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(request)
    })
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.shift()
    if (this.#waiting.length === 0) this.#worker.unref()
    if (answer.type === 'failed') waiting?.reject(sqliteError(answer.number, answer.message))
    else waiting?.resolve(answer.rows)
  }

  #lose(error: Error): void {
    this.#lost ??= error
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#lost)
  }
}
