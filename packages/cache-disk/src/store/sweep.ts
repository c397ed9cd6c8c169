/** What is done now and then, beside everything else: expired entries go, uses are written down, a lost directory is noticed. */
import { lstatSync } from 'node:fs'
import type { Clock } from '@greenlang/core'
import { errorCode } from '../error.ts'
import { nextTurn } from '../files/pace.ts'
import type { EntryStore } from './entry-store.ts'

export interface SweepParts {
  readonly store: EntryStore
  readonly clock: Clock
  readonly everyMs: number
  readonly signal: AbortSignal
  /** Called at each sweep. */
  onSweep(): Promise<void>
  readonly identity: Identity
  onLostDirectory(): void
}

/** Which directory and index file were opened. */
export interface Identity {
  /** Whether the directory is still the one that was opened. */
  isDirectory(): boolean
  /** Whether the index file and its log are still the ones that are open. */
  isIndex(): boolean
  /** The index file was replaced on purpose. */
  renew(): void
}

export function identityOf(root: string, indexPath: string): Identity {
  const directory = inodeOf(root)
  const logPath = `${indexPath}-wal`
  let index = inodeOf(indexPath)
  let log = inodeOf(logPath)
  const isLog = () => {
    // It is made by the first commit.
    if (log === 'gone') log = inodeOf(logPath)
    return isSame(inodeOf(logPath), log)
  }
  return {
    isDirectory: () => isSame(inodeOf(root), directory),
    isIndex: () => isSame(inodeOf(indexPath), index) && isLog(),
    renew() {
      index = inodeOf(indexPath)
      log = 'gone'
    },
  }
}

type Inode = string | 'gone' | 'unknown'

/** What cannot be told is taken to be as it was: other faults than this one hide it. */
function isSame(now: Inode, before: Inode): boolean {
  return now === before || now === 'unknown'
}

function inodeOf(path: string): Inode {
  try {
    const { dev, ino } = lstatSync(path)
    return `${dev}:${ino}`
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '') ? 'gone' : 'unknown'
  }
}

export async function sweepForever(parts: SweepParts): Promise<void> {
  const { clock, everyMs, signal } = parts
  for (;;) {
    try {
      await clock.sleep(everyMs, { signal, ref: false })
    } catch {
      return
    }
    await sweepOnce(parts)
  }
}

async function sweepOnce({ store, signal, identity, onSweep, onLostDirectory }: SweepParts): Promise<void> {
  if (!identity.isDirectory()) return onLostDirectory()
  if (!store.health.canWrite) return
  await onSweep()
  while (!signal.aborted) {
    const names = await store.expired()
    for (const name of names) store.drop(name)
    await store.commits.flush().catch(() => undefined)
    if (names.length === 0) return
    await nextTurn()
  }
}
