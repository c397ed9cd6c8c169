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
import { type FileName, fanOut, parseFileName } from '../files/value-paths.ts'
import type { EntryIndex } from './entry-index.ts'

export interface ReconcileParts {
  readonly index: EntryIndex
  readonly files: ValueFiles
  /** Whether a write of this number is of this process. */
  isOwn(seq: number): boolean
  /** Whether a change of this row is not committed yet: until it is, the older file is what a kill leaves. */
  isPending(name: string): boolean
  drop(name: string): void
  /** Told of what could not be looked at or removed. */
  onFailure(error: unknown): void
  readonly signal: AbortSignal
}

const namesPerTurn = 1_000
const absentCodes: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR'])

interface Found {
  orphans: number
  missing: number
  /** Whether all of it could be looked at. */
  complete: boolean
}

export async function reconcile(parts: ReconcileParts): Promise<Reconciled & { readonly complete: boolean }> {
  const { index, signal } = parts
  const found: Found = { orphans: 0, missing: 0, complete: true }
  for (let first = 0; first < fanOut.first && !signal.aborted; first += 1)
    for (let second = 0; second < fanOut.second && !signal.aborted; second += 1)
      await attempt(parts, found, () => reconcileDirectory(parts, [hex(first, 2), hex(second, 1)], found))
  // A file that could not be looked at may be there.
  const names = signal.aborted || !found.complete ? [] : index.names()
  for (const [at, name] of names.entries()) {
    if (at % namesPerTurn === 0) await nextTurn()
    if (signal.aborted) break
    if (index.get(name)?.seen === false) {
      parts.drop(name)
      found.missing += 1
    }
  }
  return found
}

async function attempt(
  { onFailure }: ReconcileParts,
  found: Found,
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action()
  } catch (error) {
    found.complete = false
    onFailure(error)
  }
}

async function reconcileDirectory(
  parts: ReconcileParts,
  [first, second]: readonly [string, string],
  found: Found,
): Promise<void> {
  const { files, isOwn } = parts
  const directory = join(files.paths.values, first, second)
  for (const file of await listing(directory)) {
    const parsed = parseFileName(first, second, file)
    if (!parsed || isOwn(parsed.seq)) continue
    await attempt(parts, found, () => reconcileFile(parts, parsed, join(directory, file), found))
  }
}

async function reconcileFile(
  { index, files, isPending, drop }: ReconcileParts,
  file: FileName,
  path: string,
  found: Found,
): Promise<void> {
  const stats = await statOf(files, path)
  const slot = index.get(file.name)
  if (slot?.seq !== file.seq) {
    // Its row may still be there, and its removal under way.
    if (isPending(file.name)) return
    await files.remove({ ...file, size: stats?.size ?? 0 })
    found.orphans += 1
  } else if (stats?.isFile() && stats.size === slot.size) slot.seen = true
  else {
    drop(file.name)
    found.missing += 1
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
