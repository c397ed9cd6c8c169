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
  /** Commits the changes there are, as far as that can be done, and removes their files. */
  settle(): Promise<void>
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
  /** Files of no entry whose row may still be there. */
  readonly awaited: { readonly file: FileName; readonly path: string }[]
}

export async function reconcile(parts: ReconcileParts): Promise<Reconciled & { readonly complete: boolean }> {
  const { index, signal } = parts
  const found: Found = { orphans: 0, missing: 0, complete: true, awaited: [] }
  for (let first = 0; first < fanOut.first && !signal.aborted; first += 1)
    for (let second = 0; second < fanOut.second && !signal.aborted; second += 1)
      await attempt(parts, found, () => reconcileDirectory(parts, [hex(first, 2), hex(second, 1)], found))
  await removeAwaited(parts, found)
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
  const { orphans, missing, complete } = found
  return { orphans, missing, complete }
}

/** Once the changes they waited for are committed. Rows that change all the time leave it to the next time. */
async function removeAwaited(parts: ReconcileParts, found: Found): Promise<void> {
  const awaited = found.awaited.splice(0)
  if (awaited.length === 0) return
  await parts.settle()
  for (const { file, path } of awaited) {
    if (parts.signal.aborted) return
    await attempt(parts, found, async () => {
      if (await statOf(parts.files, path)) await reconcileFile(parts, file, path, found)
    })
  }
  if (found.awaited.length > 0) found.complete = false
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
    if (isPending(file.name)) return void found.awaited.push({ file, path })
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
