/** Who reads and writes: our tier in three ways, files without a cache as floors, and two rivals. */
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DiskOptions, diskTier } from '@greenlang/cache-disk'
import { type Awaitable, createEntry, type Entry } from '@greenlang/core'
import { fileDriver } from 'bentocache/drivers/file'
import cacache from 'cacache'

export interface Subject {
  readonly name: string
  /** `undefined` for what is not there. */
  readonly get?: (key: string) => Awaitable<unknown>
  /** What is measured of a set: the value is made ready before. */
  readonly setter?: (key: string, value: Buffer) => () => Awaitable<unknown>
  readonly fill?: (key: string, value: Buffer) => Awaitable<unknown>
  close(): Awaitable<void>
}

export const names = {
  sha256: 'diskTier, sha256',
  crc32: 'diskTier, crc32',
  behind: 'diskTier, writeBehind',
  sync: 'readFileSync',
  syncHash: 'readFileSync + hash',
  async: 'fs.promises.readFile',
  asyncHash: 'fs.promises.readFile + hash',
  write: 'writeFileSync + renameSync',
  cacache: 'cacache',
  bento: 'bentocache, file driver',
} as const

export function openSubjects(directory: string): readonly Subject[] {
  const under = (name: string) => join(directory, name)
  return [
    ours(names.sha256, { directory: under('sha256') }),
    ours(names.crc32, { directory: under('crc32'), integrity: 'crc32' }),
    ours(names.behind, { directory: under('behind'), writeBehind: true }),
    ...floors(under('floor')),
    npm(under('cacache')),
    bento(under('bento')),
  ]
}

const life = '1h'
const lifeMs = 3_600_000

export function ours(name: string, options: Omit<DiskOptions, 'maxBytes'>): Subject {
  const tier = diskTier<Buffer>({ maxBytes: '16gb', ...options })
  const setter = (key: string, value: Buffer) => {
    const entry: Entry<Buffer> = createEntry(value, { ttl: life })
    return () => tier.set(key, entry)
  }
  return {
    name,
    get: key => tier.get(key),
    setter,
    fill: (key, value) => setter(key, value)(),
    close: () => tier.close(),
  }
}

/** They share the files that are read, and write to others. */
function floors(directory: string): readonly Subject[] {
  mkdirSync(directory, { recursive: true })
  const pathOf = (key: string) => join(directory, key)
  const written = (key: string) => `${pathOf(key)}.written`
  const close = () => undefined
  return [
    {
      name: names.sync,
      get: key => readFileSync(pathOf(key)),
      fill: (key, value) => {
        writeFileSync(pathOf(key), value)
        writeFileSync(written(key), value)
      },
      close,
    },
    { name: names.syncHash, get: key => hash('sha256', readFileSync(pathOf(key)), 'buffer'), close },
    { name: names.async, get: key => readFile(pathOf(key)), close },
    { name: names.asyncHash, get: async key => hash('sha256', await readFile(pathOf(key)), 'buffer'), close },
    {
      name: names.write,
      setter: (key, value) => () => {
        writeFileSync(`${written(key)}.new`, value)
        renameSync(`${written(key)}.new`, written(key))
      },
      close,
    },
  ]
}

function npm(directory: string): Subject {
  const put = (key: string, value: Buffer) => cacache.put(directory, key, value, { memoize: false })
  return {
    name: names.cacache,
    get: async key => (await cacache.get(directory, key, { memoize: false })).data,
    setter: (key, value) => () => put(key, value),
    fill: put,
    close: () => undefined,
  }
}

/** The driver alone: it takes text, and what is above it in bentocache costs it nothing here. */
export function bento(directory: string): Subject {
  const config = { directory, prefix: 'bench', pruneInterval: false } as const
  const driver = fileDriver(config).factory({ ...config })
  const setter = (key: string, value: Buffer) => {
    const text = value.toString('latin1')
    return () => driver.set(key, text, lifeMs)
  }
  return {
    name: names.bento,
    get: key => driver.get(key),
    setter,
    fill: (key, value) => setter(key, value)(),
    close: () => driver.disconnect(),
  }
}
