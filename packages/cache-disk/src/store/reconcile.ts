/**
 * Makes files and index agree after a start, beside reads and writes and in small steps: a file that no entry has is
 * removed, an entry whose file is gone or of another length is dropped. What this process writes is left alone.
 */
import { lstatSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { Reconciled } from '../disk-types.ts'
import { errorCode } from '../error.ts'
import { disk } from '../files/callbacks.ts'
import { nextTurn } from '../files/pace.ts'
import type { ValueFiles } from '../files/value-files.ts'
import { fanOut, parseFileName } from '../files/value-paths.ts'
import type { EntryIndex } from './entry-index.ts'

export interface ReconcileParts {
  readonly index: EntryIndex
  readonly files: ValueFiles
  /** Whether a write of this number is of this process. */
  isOwn(seq: number): boolean
  drop(name: string): void
  readonly signal: AbortSignal
}

const namesPerTurn = 1_000
const absentCodes: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR'])

export async function reconcile(parts: ReconcileParts): Promise<Reconciled> {
  const { index, signal } = parts
  const counts = { orphans: 0, missing: 0 }
  for (let first = 0; first < fanOut.first && !signal.aborted; first += 1)
    for (let second = 0; second < fanOut.second && !signal.aborted; second += 1)
      await reconcileDirectory(parts, hex(first, 2), hex(second, 1), counts)
  const names = signal.aborted ? [] : index.names()
  for (const [at, name] of names.entries()) {
    if (at % namesPerTurn === 0) await nextTurn()
    if (signal.aborted) break
    if (index.get(name)?.seen === false) {
      parts.drop(name)
      counts.missing += 1
    }
  }
  return counts
}

async function reconcileDirectory(
  { index, files, isOwn, drop }: ReconcileParts,
  first: string,
  second: string,
  counts: { orphans: number; missing: number },
): Promise<void> {
  const directory = join(files.paths.values, first, second)
  for (const file of await listing(directory)) {
    const parsed = parseFileName(first, second, file)
    if (!parsed || isOwn(parsed.seq)) continue
    const found = await statOf(files, join(directory, file))
    const slot = index.get(parsed.name)
    if (slot?.seq !== parsed.seq) {
      await files.remove({ ...parsed, size: found?.size ?? 0 })
      counts.orphans += 1
    } else if (found?.isFile() && found.size === slot.size) slot.seen = true
    else {
      drop(parsed.name)
      counts.missing += 1
    }
  }
}

async function statOf({ pace }: ValueFiles, path: string): Promise<Stats | undefined> {
  try {
    if (!pace.fast) return await disk.lstat(path)
    if (!pace.hasTime) await pace.turn()
    return pace.run(() => lstatSync(path))
  } catch (error) {
    if (absentCodes.has(errorCode(error))) return undefined
    throw error
  }
}

async function listing(path: string): Promise<readonly string[]> {
  try {
    return await disk.readdir(path)
  } catch (error) {
    if (absentCodes.has(errorCode(error))) return []
    throw error
  }
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
