/**
 * One owner a directory. The lock is one that SQLite takes from the operating system on an empty file: it ends with its
 * process, however that ends, so there is no stale lock to judge. Rejected: a file with a process id and its start time,
 * which says nothing to a process of another container on the same volume; and a lock on the index itself, which could
 * not be held while a broken index is replaced. On a network file system the lock is worth what that makes of it.
 */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DirectoryInUseError, errorCode } from './error.ts'
import { openSqlite, type SqliteFile } from './sqlite-binding.ts'

/** Holds `directory` until closed. @throws DirectoryInUseError if another tier holds it. */
export async function lockDirectory(directory: string): Promise<SqliteFile> {
  const path = join(directory, 'lock')
  await createPrivate(path)
  const lock = await openSqlite(path)
  try {
    await lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    await lock.close()
    throw errorCode(error) === 'SQLITE_BUSY' ? new DirectoryInUseError(directory, { cause: error }) : error
  }
}

/**
 * Makes a file that only its owner reads. One that exists is not opened: to close any handle of it would end the locks
 * that this process holds on it.
 */
export async function createPrivate(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close()
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}
