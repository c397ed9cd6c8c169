/** Kills at random of a busy writer over bentocache's file driver: what the kills of our own tier are compared with. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@greenlang/testkit'
import { fileDriver } from 'bentocache/drivers/file'

export interface RivalKills {
  readonly kills: number
  readonly acknowledged: number
  readonly read: number
  /** Entries that were there and could not be read. */
  readonly unreadable: number
  /** Entries with another value than the one acknowledged last or under way. */
  readonly wrong: number
}

type Word = readonly [word: string, key: string, version: number, length: number]

const repository = fileURLToPath(new URL('../../', import.meta.url))
const script = fileURLToPath(new URL('rival-kills.child.ts', import.meta.url))
const longestLifeMs = 250

export function openRival(directory: string) {
  return fileDriver({ directory, pruneInterval: false }).factory({ directory, pruneInterval: false })
}

export function textFor(key: string, version: number, length: number): string {
  const word = `${key}#${version};`
  return word.repeat(Math.max(1, Math.floor(length / word.length)))
}

/** The same directory over all kills; a key that was found damaged is removed, so that it counts once. */
export async function killRivalAtRandom(kills: number, seed: number): Promise<RivalKills> {
  const directory = await mkdtemp(join(tmpdir(), 'greenlang-rival-'))
  const random = seededRandom(seed)
  const allowed = new Map<string, string[]>()
  const total = { kills, acknowledged: 0, read: 0, unreadable: 0, wrong: 0 }
  try {
    for (let count = 0; count < kills; count += 1) {
      const lifeMs = random() * longestLifeMs
      total.acknowledged += await liveAndDie({ directory, seed: seed + count, lifeMs, allowed })
      const found = await look(directory, allowed)
      total.read += found.read
      total.unreadable += found.unreadable
      total.wrong += found.wrong
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return total
}

interface Doomed {
  readonly directory: string
  readonly seed: number
  readonly lifeMs: number
  /** What each key may hold: the value acknowledged last, then the one under way. */
  readonly allowed: Map<string, string[]>
}

async function liveAndDie({ directory, seed, lifeMs, allowed }: Doomed): Promise<number> {
  const args = ['--conditions=greenlang-source', '--import', 'tsx', script, directory, `${seed}`]
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)
  const closed = once(lines, 'close')
  const first = once(lines, 'line')
  let acknowledged = 0
  lines.on('line', line => {
    const [word, key, version, length] = JSON.parse(line) as Word
    if (word === 'ready') return
    const value = textFor(key, version, length)
    if (word === 'begun') allowed.set(key, [...(allowed.get(key) ?? []).slice(0, 1), value])
    else {
      acknowledged += 1
      allowed.set(key, [value])
    }
  })
  const ended = exited.then(([code]) => Promise.reject(new Error(`the writer ended early with ${code}`)))
  await Promise.race([first, ended])
  ended.catch(() => undefined)
  await wait(lifeMs)
  child.kill('SIGKILL')
  const [code, signal] = await exited
  await closed
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself with ${code}`)
  return acknowledged
}

async function look(directory: string, allowed: Map<string, string[]>) {
  const driver = openRival(directory)
  const found = { read: 0, unreadable: 0, wrong: 0 }
  for (const [key, values] of allowed) {
    found.read += 1
    try {
      const value: unknown = await driver.get(key)
      if (typeof value === 'string' && values.includes(value)) {
        allowed.set(key, [value])
        continue
      }
      // A first write that was never acknowledged may be missing.
      if (value !== undefined || values.length > 1) found.wrong += 1
    } catch {
      found.unreadable += 1
    }
    allowed.delete(key)
    await driver.delete(key)
  }
  return found
}
