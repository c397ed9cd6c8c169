import { mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, UnsafeDirectoryError } from '../error.ts'
import { disk } from '../files/callbacks.ts'
import { makeDirectory } from '../files/directories.ts'
import { asidePrefix } from '../files/value-files.ts'

const writableByOthers = 0o002

/**
 * Makes the directory if need be; its path without links.
 * @throws UnsafeDirectoryError, or the error of the file system.
 */
export async function prepareRoot(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOTDIR')
      throw new UnsafeDirectoryError(directory, 'is not a directory, or lies below a file')
    // On a file system that is read-only it may be there all the same.
    if (errorCode(error) !== 'EROFS') throw error
  }
  const { mode } = await stat(directory)
  // Windows has no such bits and reports them set.
  if (process.platform !== 'win32' && (mode & writableByOthers) !== 0)
    throw new UnsafeDirectoryError(
      directory,
      `may be written to by anyone (mode 0${(mode & 0o777).toString(8)})`,
    )
  return realpath(directory)
}

/** Paths of what an earlier process had cleared and not removed; with many files to remove them takes seconds. */
export async function prepareValues(root: string): Promise<readonly string[]> {
  makeDirectory(join(root, 'values'))
  await disk.rm(join(root, 'values', probeName), { recursive: true, force: true })
  const names = await readdir(root)
  return names.filter(name => name.startsWith(asidePrefix)).map(name => join(root, name))
}

/** The file by which a disk that failed is tried again. */
export const probeName = 'probe'
