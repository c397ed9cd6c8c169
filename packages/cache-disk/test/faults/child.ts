/** What the child processes share. Each says facts as lines of JSON; whatever nobody caught is the fact `fault`. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { type Clock, systemClock } from '@greenlang/core'
import { type DiskEvent, type DiskOptions, diskTier } from '../../src/index.ts'

process.on('unhandledRejection', reason => say('fault', `unhandled rejection: ${inspect(reason)}`))
process.on('uncaughtException', error => say('fault', `uncaught exception: ${inspect(error)}`))

export function say(fact: string, value: unknown): void {
  writeSync(1, `${JSON.stringify({ [fact]: value ?? null })}\n`)
}

type Scenario = (directory: string, ...args: string[]) => Promise<void>

/** Runs the one that the first argument names; the second is its directory. */
export async function play(scenarios: Readonly<Record<string, Scenario>>): Promise<void> {
  const [name = '', directory = '', ...args] = process.argv.slice(2)
  if (process.env.AS_NOBODY === 'true') await becomeNobody()
  const scenario = scenarios[name]
  if (!scenario) throw new Error(`no scenario ${name}`)
  await scenario(directory, ...args)
}

const nobody = 65_534

/** Only once all code is loaded: the repository may be root's alone. */
async function becomeNobody(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'greenlang-fault-'))
  const tier = diskTier({ directory, maxBytes: '1mb' })
  await tier.get('so that what is loaded late is loaded')
  await tier.close()
  rmSync(directory, { recursive: true })
  process.setgroups?.([])
  process.setgid?.(nobody)
  process.setuid?.(nobody)
}

const speed = 50
const begin = systemClock.now()
const hurriedNow = () => begin + (systemClock.now() - begin) * speed

/** The system's clock, fifty times as fast: the tier's back-off takes milliseconds. */
export const hurriedClock: Clock = {
  now: hurriedNow,
  turn: hurriedNow,
  sleep: (ms, options) => systemClock.sleep(ms / speed, options),
}

export function watchedTier(options: DiskOptions) {
  const events: DiskEvent[] = []
  const tier = diskTier<string>({
    clock: hurriedClock,
    ...options,
    observer: event => events.push(event),
  })
  const types = () => events.map(({ type }) => type).filter(type => type !== 'reconciled')
  return { tier, events, types, has: (type: DiskEvent['type']) => events.some(event => event.type === type) }
}

/** Polls until `check` holds; `false` after eight seconds. */
export async function until(check: () => Promise<boolean> | boolean): Promise<boolean> {
  const deadline = performance.now() + 8_000
  while (!(await check())) {
    if (performance.now() > deadline) return false
    await wait(5)
  }
  return true
}

/** Takes all the space that is left at `path`'s file system; again at each call. */
export function fillSpace(path: string): void {
  const file = openSync(path, 'a', 0o600)
  try {
    for (const size of [65_536, 4096]) fillWith(file, Buffer.alloc(size, 'filler'))
  } finally {
    closeSync(file)
  }
}

function fillWith(file: number, chunk: Buffer): void {
  try {
    for (;;) writeSync(file, chunk)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOSPC') throw error
  }
}

/** Takes all the inodes that are left; the names begin with `path`. Returns what gives them back. */
export function fillInodes(path: string): () => void {
  const made: string[] = []
  for (;;) {
    try {
      closeSync(openSync(`${path}.${made.length}`, 'wx', 0o600))
      made.push(`${path}.${made.length}`)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOSPC') throw error
      return () => made.forEach(one => void rmSync(one))
    }
  }
}

export function mount(...args: string[]): void {
  execFileSync('mount', args)
}

/** How many files lie below `values`. */
export async function countValues(directory: string): Promise<number> {
  const entries = await readdir(join(directory, 'values'), { recursive: true, withFileTypes: true })
  return entries.filter(entry => !entry.isDirectory()).length
}

export const keysOf = (count: number, prefix = 'key'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`)
