/**
 * One owner a directory. The lock is one that SQLite takes from the operating system on an empty file: it ends with its
 * process, however that ends, so there is no stale lock to judge. Rejected: a file with a process id and its start time,
 * which says nothing to a process of another container on the same volume; and a lock on the index itself, which could
 * not be held while a broken index is replaced. On a network file system the lock is worth what that makes of it.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DirectoryInUseError, errorCode } from '../error.ts'
import type { MetadataBinding } from './metadata-store.ts'
import { createPrivate } from './private-file.ts'
import { openSqlite, type SqliteFile } from './sqlite-file.ts'

export interface DirectoryLock {
  /** May be called again. */
  release(): Promise<void>
}

/**
 * Locks of POSIX are the process's: the two bindings do not see each other's in one process, and one that closes the file
 * would end the lock of the other. So the files that are held are noted as well, for all copies of this module.
 */
const held = heldFiles()

/** Holds `directory` until released. @throws DirectoryInUseError if another tier holds it; MissingBindingError. */
export async function lockDirectory(directory: string, binding: MetadataBinding): Promise<DirectoryLock> {
  const path = join(directory, 'lock')
  await createPrivate(path)
  const { dev, ino } = await stat(path)
  const id = `${dev}:${ino}`
  if (held.has(id)) throw new DirectoryInUseError(directory)
  held.add(id)
  try {
    const file = await takeLock(path, directory, binding)
    let released: Promise<void> | undefined
    const release = () => {
      released ??= file.close().finally(() => held.delete(id))
      return released
    }
    return { release }
  } catch (error) {
    held.delete(id)
    throw error
  }
}

async function takeLock(path: string, directory: string, binding: MetadataBinding): Promise<SqliteFile> {
  const file = await openSqlite(path, binding)
  try {
    await file.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
    return file
  } catch (error) {
    await file.close()
    throw errorCode(error) === 'SQLITE_BUSY' ? new DirectoryInUseError(directory, { cause: error }) : error
  }
}

function heldFiles(): Set<string> {
  const key = Symbol.for('@greenlang/cache-disk held files')
  const shared = globalThis as { [key]?: Set<string> }
  shared[key] ??= new Set()
  return shared[key]
}
