import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from '@jest/globals'
import { type DiskOptions, type DiskTier, diskTier } from '../src/index.ts'

export { until } from './until.ts'

const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** Does it after the test, whatever its outcome; the latest first. */
export function afterwards(end: () => Promise<unknown>): void {
  endings.push(end)
}

/** An empty directory, gone after the test. */
export async function tempDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'greenlang-disk-'))
  afterwards(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A tier that is closed after the test; 1 MB in a directory of its own unless told otherwise. */
export async function tempTier(
  options: Partial<DiskOptions> = {},
): Promise<DiskTier & { directory: string }> {
  const directory = options.directory ?? (await tempDirectory())
  const tier = diskTier({ maxBytes: '1mb', ...options, directory })
  afterwards(async () => tier.close())
  return Object.assign(tier, { directory })
}

/** The file of a key that is well-formed text, of its latest write; where one would be, if there is none. */
export function fileOf(directory: string, key: string): string {
  const name = createHash('sha256').update(key).digest('hex')
  const parent = join(directory, 'values', name.slice(0, 2), name.slice(2, 3))
  const found = existsSync(parent) ? readdirSync(parent).filter(file => file.startsWith(name.slice(3))) : []
  return join(parent, found.at(-1) ?? `${name.slice(3)}.zz`)
}

/** Paths of all files below `values`. */
export async function filesIn(directory: string): Promise<string[]> {
  const root = join(directory, 'values')
  if (!existsSync(root)) return []
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name))
}

/** Space those files take, in blocks of 4 KiB. */
export async function spaceIn(directory: string): Promise<number> {
  const sizes = (await filesIn(directory)).map(
    async path => (await stat(path).catch(() => undefined))?.size ?? 0,
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + Math.ceil(size / 4096) * 4096, 0)
}
