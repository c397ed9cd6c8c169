import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const packageFolder: string = fileURLToPath(new URL('..', import.meta.url))

/** Looks until `look` finds something. Rejects after `limitMs`. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  limitMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`not seen within ${limitMs} ms: ${look}`)
    await sleep(10)
  }
}

/** Names of our servers' temporary directories that belong to `owner`. */
export function directoriesOf(owner = process.pid, folder = tmpdir()): string[] {
  return readdirSync(folder)
    .filter(name => new RegExp(`^greenlang-(postgresql|redis)-${owner}-`).test(name))
    .map(name => join(folder, name))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Processes that name `text` in their command line or run in such a directory. Linux only. */
export function processesAbout(text: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(describeProcess)
    .filter(description => description.includes(text))
}

function describeProcess(pid: string): string {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return `${pid} ${line} in ${readlinkSync(`/proc/${pid}/cwd`)}`
  } catch {
    return ''
  }
}

export interface Facts {
  readonly url: string
  readonly origin: string
  readonly version: string
  readonly owned: boolean
  readonly pid: number
}

export interface OwnerMessage {
  readonly report?: string
  readonly ready?: Facts
  readonly stopped?: boolean
  readonly interrupted?: boolean
  readonly failed?: { name: string; code?: string; reason?: string; message: string }
}

export interface Owner {
  readonly process: ChildProcess
  readonly messages: readonly OwnerMessage[]
  /** The server it started. Rejects when it could not. */
  ready(): Promise<Facts>
  /** Why it could not start one. */
  failed(): Promise<NonNullable<OwnerMessage['failed']>>
  ended(): Promise<void>
}

export interface OwnerPlan {
  readonly server: 'cluster' | 'postgres' | 'redis' | 'sentinel'
  readonly options?: object
  /** Over this process's environment; `undefined` removes. */
  readonly env?: NodeJS.ProcessEnv
  /** Goes before node on the command line, such as `setpriv …`. */
  readonly before?: readonly string[]
  /** Package folder whose `test/owner.ts` runs. */
  readonly folder?: string
}

const noneGiven = { cluster: {}, postgres: { databaseUrl: '' }, redis: { redisUrl: '' }, sentinel: {} }

/** Starts `owner.ts` in a process group of its own, as a shell does. */
export function startOwner({
  server,
  options = {},
  env = {},
  before = [],
  folder = packageFolder,
}: OwnerPlan): Owner {
  const task = JSON.stringify({ server, options: { ...noneGiven[server], ...options } })
  const node = [process.execPath, '--conditions=greenlang-source', '--import', 'tsx', 'test/owner.ts', task]
  const [command = '', ...args] = [...before, ...node]
  const child = spawn(command, args, {
    cwd: folder,
    detached: true,
    env: { ...process.env, TSX_DISABLE_CACHE: '1', NODE_OPTIONS: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const messages: OwnerMessage[] = []
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    errors += text
  })
  createInterface({ input: child.stdout }).on('line', line => messages.push(JSON.parse(line)))
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const seen = <Name extends keyof OwnerMessage>(name: Name) =>
    until<NonNullable<OwnerMessage[Name]>>(() => {
      const found = messages.find(message => message[name] !== undefined)?.[name]
      if (found === undefined && child.exitCode !== null)
        throw new Error(`the owner ended: ${JSON.stringify(messages)} ${errors}`)
      return found as NonNullable<OwnerMessage[Name]> | undefined
    })
  return {
    process: child,
    messages,
    ready: () => seen('ready'),
    failed: () => seen('failed'),
    ended: () => ended,
  }
}

/** A directory of this test; `remove` is for `afterAll`. */
export function temporaryDirectory(): { path: string; remove(): Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), 'servers-test-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 10 }) }
}

/** Nothing that this process started is left: no process, no directory. */
export async function nothingLeft(owner = process.pid): Promise<void> {
  await until(() => directoriesOf(owner).length === 0 && processesAbout(`-redis-${owner}-`).length === 0)
}
