/** Opens the index, or makes an empty one in the place of one that cannot be trusted. */
import { open, rm, stat } from 'node:fs/promises'
import { errorCode } from '../error.ts'
import type { MetadataBinding, MetadataStore, SyncMode } from './metadata-store.ts'
import { createPrivate } from './private-file.ts'
import { pragmas, schemaVersion, tables } from './schema.ts'
import { isDamage } from './sqlite-errors.ts'
import { openSqlite, type SqliteFile } from './sqlite-file.ts'
import { sqliteMetadata } from './sqlite-metadata.ts'

export interface MetadataOptions {
  readonly binding: MetadataBinding
  readonly sync: SyncMode
}

export interface OpenedMetadata {
  readonly store: MetadataStore
  /** Why the index that was there was replaced by an empty one. */
  readonly replaced?: string
}

const headerBytes = 100
const magic = 'SQLite format 3\0'
const companions = ['-wal', '-journal', '-shm']

/**
 * The caller holds the lock of the directory.
 * @throws MissingBindingError; errors of the file system and of SQLite that are no damage: the index is then left alone.
 */
export async function openMetadata(path: string, options: MetadataOptions): Promise<OpenedMetadata> {
  if (await createPrivate(path)) {
    const replaced = (await removeAll(path, companions)) ? 'only its log was there' : undefined
    return { store: await makeIndex(path, options), ...(replaced && { replaced }) }
  }
  const fault = await headerFault(path)
  const found = fault ?? (await openIndex(path, options))
  if (typeof found !== 'string') return { store: await sqliteMetadata(found) }
  await removeAll(path, ['', ...companions])
  await createPrivate(path)
  return { store: await makeIndex(path, options), replaced: found }
}

async function makeIndex(path: string, { binding, sync }: MetadataOptions): Promise<MetadataStore> {
  const file = await openSqlite(path, binding)
  try {
    await file.exec(pragmas(sync))
    await file.exec(`BEGIN; ${tables.join(';')}; PRAGMA user_version = ${schemaVersion}; COMMIT`)
    return await sqliteMetadata(file)
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The file, or in words why it cannot be trusted. */
async function openIndex(path: string, { binding, sync }: MetadataOptions): Promise<SqliteFile | string> {
  const file = await openSqlite(path, binding)
  let fault: string | undefined
  try {
    await file.exec(pragmas(sync))
    fault = await contentFault(file)
    if (fault === undefined) return file
  } catch (error) {
    // Statements of this module that SQLite does not understand are met by a file that is not what it says.
    if (!isDamage(error) && errorCode(error) !== 'SQLITE_ERROR') {
      await file.close()
      throw error
    }
    fault = `damaged (${errorCode(error)})`
  }
  await file.close().catch(() => undefined)
  return fault
}

async function contentFault(file: SqliteFile): Promise<string | undefined> {
  const [version] = await file.all<{ user_version: number }>('PRAGMA user_version')
  if (version?.user_version !== schemaVersion) return `of schema version ${version?.user_version}`
  // A vacuum changes their order.
  const schema = await file.all<{ sql: string }>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL')
  const found = schema.map(({ sql }) => sql).sort()
  if (found.join() !== [...tables].sort().join()) return 'of another schema'
  const problems = await file.all<{ quick_check: string }>('PRAGMA quick_check(1)')
  return problems[0]?.quick_check === 'ok' ? undefined : 'damaged (quick_check)'
}

/** What SQLite would not tell from a new file, or from a disk that is read-only. Read before it is opened: no lock is lost. */
async function headerFault(path: string): Promise<string | undefined> {
  const { size } = await stat(path)
  if (size === 0) return 'of zero length'
  const header = await readHeader(path)
  if (header.length < headerBytes || header.toString('latin1', 0, magic.length) !== magic)
    return 'not a database'
  const versions = [header[18] ?? 0, header[19] ?? 0]
  return versions.every(version => version === 1 || version === 2) ? undefined : 'damaged (header)'
}

async function readHeader(path: string): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** @returns Whether any of them was there. */
async function removeAll(path: string, suffixes: readonly string[]): Promise<boolean> {
  let found = false
  for (const suffix of suffixes) {
    try {
      await rm(path + suffix)
      found = true
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
  return found
}
