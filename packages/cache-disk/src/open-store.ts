import { mkdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lockDirectory } from './directory-lock.ts'
import { EntryStore, type EntryStoreParts } from './entry-store.ts'
import { UnsafeDirectoryError } from './error.ts'
import type { DiskSettings } from './options.ts'
import { openSqliteMetadata } from './sqlite-metadata.ts'
import { ValueFiles } from './value-files.ts'

const writableByOthers = 0o002

/**
 * Takes the directory and reads what it holds.
 * @throws DirectoryInUseError, UnsafeDirectoryError, MissingBindingError, or the error of the file system or SQLite.
 */
export async function openStore(
  settings: DiskSettings,
  observer: Pick<EntryStoreParts, 'onEvict' | 'onFailure'>,
): Promise<EntryStore> {
  const root = await prepareRoot(settings.directory)
  const lock = await lockDirectory(root)
  try {
    const metadata = await openSqliteMetadata(join(root, 'index.sqlite'))
    try {
      const { maxBytes, clock } = settings
      const files = new ValueFiles(root)
      const store = new EntryStore({
        ...observer,
        files,
        metadata,
        maxBytes,
        clock,
        unlock: () => lock.close(),
      })
      await store.load()
      return store
    } catch (error) {
      await metadata.close()
      throw error
    }
  } catch (error) {
    await lock.close()
    throw error
  }
}

async function prepareRoot(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { mode } = await stat(directory)
  // Windows has no such bits and reports them set.
  if (process.platform !== 'win32' && (mode & writableByOthers) !== 0)
    throw new UnsafeDirectoryError(
      directory,
      `may be written to by anyone (mode 0${(mode & 0o777).toString(8)})`,
    )
  return realpath(directory)
}
