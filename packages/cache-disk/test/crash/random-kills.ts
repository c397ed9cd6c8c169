/** A busy writer, killed at moments that a seed says; what is left is opened and read each time, and goes on being used. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '@greenlang/testkit'
import { type DiskOptions, diskTier } from '../../src/index.ts'
import { bundled } from './bundle.ts'
import { trialDirectory } from './trial-directory.ts'
import { type Deed, WriterBook } from './writer-book.ts'

export interface KillsPlan {
  readonly kills: number
  readonly seed: number
  readonly onKill?: (count: number) => void
}

export interface KillsResult {
  readonly kills: number
  readonly acknowledged: number
  readonly read: number
  readonly faults: readonly string[]
}

interface Place {
  readonly directory: string
  readonly maxBytes: NonNullable<DiskOptions['maxBytes']>
  readonly evicts: boolean
  readonly book: WriterBook
}

const bundle = bundled('kills.child')
const longestLifeMs = 250

/** In turns with room for everything, where nothing acknowledged may be lost, and with room for a part of it. */
export async function killAtRandom({ kills, seed, onKill }: KillsPlan): Promise<KillsResult> {
  const root = await trialDirectory()
  const random = seededRandom(seed)
  const places: readonly [Place, Place] = [
    { directory: join(root, 'wide'), maxBytes: '1gb', evicts: false, book: new WriterBook() },
    { directory: join(root, 'narrow'), maxBytes: '2mb', evicts: true, book: new WriterBook() },
  ]
  const faults: string[] = []
  let read = 0
  try {
    for (let count = 0; count < kills; count += 1) {
      const place = places[count % 2 === 0 ? 0 : 1]
      await liveAndDie(place, { seed: seed + count, lifeMs: random() * longestLifeMs })
      const found = await look(place)
      read += found.read
      faults.push(...found.faults.map(fault => `kill ${count}: ${fault}`))
      onKill?.(count + 1)
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
  const acknowledged = places.reduce((sum, { book }) => sum + book.acknowledged, 0)
  return { kills, acknowledged, read, faults }
}

async function liveAndDie(
  { directory, maxBytes, book }: Place,
  { seed, lifeMs }: { seed: number; lifeMs: number },
): Promise<void> {
  const args = [await bundle(), directory, `${maxBytes}`, `${seed}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)
  const closed = once(lines, 'close')
  const ready = new Promise<void>(resolve => {
    lines.on('line', line => {
      const [word, deed] = JSON.parse(line) as [string, Deed]
      if (word === 'ready') resolve()
      else if (word === 'begun') book.begun(deed)
      else book.done(deed)
    })
  })
  const ended = exited.then(([code]) => Promise.reject(new Error(`the writer ended early with ${code}`)))
  await Promise.race([ready, ended])
  ended.catch(() => undefined)
  await wait(lifeMs)
  child.kill('SIGKILL')
  const [code, signal] = await exited
  await closed
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself with ${code}`)
}

async function look({
  directory,
  maxBytes,
  evicts,
  book,
}: Place): Promise<{ read: number; faults: string[] }> {
  const tier = diskTier<string>({ directory, maxBytes })
  const faults: string[] = []
  let read = 0
  try {
    for (const key of book.keys) {
      const found = await tier.get(key)
      read += 1
      const held = found && { value: found.value, invalidated: found.invalidated }
      const fault = book.judge(key, held, evicts)
      if (fault) faults.push(fault)
    }
    await tier.reconciled()
    const { rejected, failures } = tier.stats()
    if (rejected > 0) faults.push(`${rejected} torn`)
    if (failures > 0) faults.push(`${failures} failures`)
  } finally {
    await tier.close()
  }
  return { read, faults }
}
