/** What the tests of faults share: child processes that are given a fault to live in, and tiers of this process. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, linkSync, mkdirSync, readdirSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach } from '@jest/globals'
import { type DiskEvent, type DiskOptions, diskTier } from '../../src/index.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const longestRunMs = 25_000
const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** An empty directory of mode 0700, gone after the test. */
export async function tempDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'greenlang-fault-'))
  endings.push(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** One that user 65534 may write to. */
export async function openDirectory(): Promise<string> {
  const directory = await tempDirectory()
  await chmod(directory, 0o777)
  return directory
}

/** A tier of this process, closed after the test, with its events. */
export function watchedTier(options: DiskOptions) {
  const events: DiskEvent[] = []
  const tier = diskTier<string>({ ...options, observer: event => events.push(event) })
  endings.push(async () => tier.close())
  return { tier, events, types: () => events.map(({ type }) => type) }
}

/** Paths of the files below `values`, those in place of a directory included. */
export async function valueFiles(directory: string): Promise<string[]> {
  const entries = await readdir(join(directory, 'values'), { recursive: true, withFileTypes: true })
  return entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name))
}

/** A copy of a directory of a tier. Values are links to the same files, which are never changed: far quicker. */
export async function copyOf(source: string): Promise<string> {
  const directory = await tempDirectory()
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name)
    const to = join(directory, relative(source, from))
    if (entry.isDirectory()) mkdirSync(to, { recursive: true, mode: 0o700 })
    else {
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
      if (entry.parentPath === source) copyFileSync(from, to)
      else linkSync(from, to)
    }
  }
  return directory
}

/** Polls until `check` holds; fails after ten seconds. */
export async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 10 s`)
    await wait(5)
  }
}

export type Said = readonly [fact: string, value: unknown]

export interface FaultChild {
  /** What it has said up to now, in order. */
  readonly said: readonly Said[]
  readonly pid: number | undefined
  /** Resolves with the first value said for `fact`; rejects if the child ends before. */
  hears(fact: string): Promise<unknown>
  /** Sends SIGKILL and waits for the end. */
  kill(): Promise<void>
  /** Waits for the end, and resolves with the facts; rejects if it failed in any way. */
  facts(): Promise<Readonly<Record<string, unknown>>>
}

/** Runs `script` of this folder under `prefix`, a command that runs the command after it. Killed after the test at the latest. */
export function startChild(
  script: string,
  args: readonly string[],
  prefix: readonly string[] = [],
): FaultChild {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const node = [process.execPath, '--conditions=greenlang-source', '--import', 'tsx', path]
  const [command = '', ...rest] = [...prefix, ...node, ...args]
  const child = spawn(command, rest, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), longestRunMs)
  const closed = once(child, 'close').finally(() => clearTimeout(timer))
  const kill = async () => {
    child.kill('SIGKILL')
    await closed
  }
  endings.push(kill)
  return { ...listenTo(child, closed), pid: child.pid, kill }
}

function listenTo(child: ChildProcessByStdio<null, Readable, Readable>, closed: Promise<unknown[]>) {
  const said: Said[] = []
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const lines = createInterface(child.stdout)
  lines.on('line', line => said.push(...Object.entries(JSON.parse(line) as object)))
  const of = (fact: string) => said.find(([name]) => name === fact)
  let ended = false
  const end = closed.finally(() => {
    ended = true
  })
  const hears = async (fact: string) => {
    while (!of(fact)) {
      if (ended) throw new Error(`the child ended and never said ${fact}: ${complaints}`)
      await Promise.race([once(lines, 'line'), end])
    }
    return of(fact)?.[1]
  }
  const facts = async () => {
    const [code, signal] = await end
    const faults = said.filter(([fact]) => fact === 'fault').map(([, value]) => value)
    if (code !== 0 || faults.length > 0)
      throw new Error(`the child ended with ${code ?? signal}: ${faults.join('; ')} ${complaints}`)
    return Object.fromEntries(said)
  }
  return { said, hears, facts }
}

export const runChild = (script: string, args: readonly string[], prefix: readonly string[] = []) =>
  startChild(script, args, prefix).facts()

/** In mounts of its own, with a tmpfs of `options` (as of mount) at `directory`. */
export const inTmpfs = (directory: string, options: string): string[] => [
  ...['unshare', '-m', 'sh', '-c'],
  'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"',
  ...['sh', options, directory],
]

/** As a user to whom permissions apply. */
export const asNobody: readonly string[] = ['env', 'AS_NOBODY=true']
