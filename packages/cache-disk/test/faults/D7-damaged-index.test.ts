/** Row D7: the index is damaged between two lives; under a running tier see `D7-running.test.ts`. */
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Book } from './book.ts'
import { kept, marked, past } from './past.ts'
import { openSql } from './sql.ts'
import { until, valueFiles, watchedTier } from './support.ts'

const after = Array.from({ length: 10 }, (_, index) => `after ${index}`)

interface Life {
  readonly rebuilt: number
  readonly freshThoughMarked: string[]
  readonly hits: number
}

/** One life over what `damage` left: reads all, and then works as any tier. */
async function live(directory: string, book: Book): Promise<Life> {
  const { tier, types } = watchedTier({ directory, maxBytes: '8mb', durability: 'data' })
  book.reopen(tier)
  const hits = await book.hits(kept)
  const freshThoughMarked: string[] = []
  for (const key of marked) if ((await tier.get(key))?.invalidated === false) freshThoughMarked.push(key)
  const outcomes: string[] = []
  for (const key of after) outcomes.push(await book.set(key))
  expect(outcomes).toEqual(after.map(() => 'ok'))
  expect(await book.hits(after)).toBe(after.length)
  await tier.reconciled()
  await until(
    'files without an entry',
    async () => (await valueFiles(directory)).length === tier.stats().entries,
  )
  expect(tier.stats()).toMatchObject({ state: 'ok', failures: 0 })
  await tier.close()
  return { rebuilt: types().filter(type => type === 'rebuilt').length, freshThoughMarked, hits }
}

async function liveOn(directory: string, book: Book): Promise<void> {
  const { tier, types } = watchedTier({ directory, maxBytes: '8mb' })
  book.reopen(tier)
  expect(await book.hits(after)).toBe(after.length)
  await book.hits(kept)
  expect(types()).not.toContain('rebuilt')
  await tier.close()
}

const overwrite = (bytes: (length: number) => Uint8Array) => async (path: string) =>
  writeFile(path, bytes((await stat(path)).size))

/** Any bytes, always the same. */
const garbage = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7919 + 13) % 251))

const damages: [name: string, damage: (path: string) => Promise<unknown>][] = [
  ['zeroed', overwrite(length => new Uint8Array(length))],
  ['garbage', overwrite(garbage)],
  ['garbage behind an intact header', garbleAfter(100)],
  ['garbage behind an intact first page', garbleAfter(4096)],
  ['a text', path => writeFile(path, 'not a database')],
  ['empty', path => truncate(path, 0)],
  ...[1, 99, 100, 512, 4095, 4096, 5000, 8192].map((length): [string, (path: string) => Promise<unknown>] => [
    `cut to ${length} bytes`,
    path => truncate(path, length),
  ]),
  ['of version 1', beVersion(1, 'name TEXT PRIMARY KEY, size INTEGER, expires_at REAL, used_at REAL')],
  ['of a version to come', beVersion(99, 'name TEXT PRIMARY KEY, another INTEGER')],
  ['of another program', beVersion(0, 'id INTEGER PRIMARY KEY, other TEXT')],
]

function garbleAfter(kept: number) {
  return async (path: string) => {
    const bytes = await readFile(path)
    await writeFile(path, Buffer.concat([bytes.subarray(0, kept), garbage(bytes.length - kept)]))
  }
}

function beVersion(version: number, columns: string) {
  return async (path: string) => {
    await rm(path)
    const sql = await openSql(path)
    await sql.exec(`CREATE TABLE entries (${columns}); PRAGMA user_version = ${version}`)
    await sql.close()
  }
}

describe('an index that is', () => {
  it.each(damages)('%s: is replaced, and all goes on', async (_, damage) => {
    const { directory, book } = await past()
    await damage(join(directory, 'index.sqlite'))
    const life = await live(directory, book)
    expect(life).toMatchObject({ rebuilt: 1, freshThoughMarked: [] })
    await liveOn(directory, book)
    expect(book.wrong).toEqual([])
  })

  it('gone: the tier starts anew, and all goes on', async () => {
    const { directory, book } = await past()
    await rm(join(directory, 'index.sqlite'))
    expect(await live(directory, book)).toMatchObject({ freshThoughMarked: [] })
    await liveOn(directory, book)
    expect(book.wrong).toEqual([])
  })
})

describe('a log of the index that is', () => {
  const wal = (directory: string) => join(directory, 'index.sqlite-wal')

  it('as a kill left it: nothing is lost', async () => {
    const { killed, book } = await past()
    expect((await stat(wal(killed))).size).toBeGreaterThan(0)
    expect(await live(killed, book)).toEqual({ rebuilt: 0, freshThoughMarked: [], hits: 25 })
    expect(book.wrong).toEqual([])
  })

  it.each([
    ['missing', (path: string) => rm(path)],
    ['empty', (path: string) => truncate(path, 0)],
    ['garbage', overwrite(garbage)],
    ['zeroed', overwrite(length => new Uint8Array(length))],
    ['cut in the middle', async (path: string) => truncate(path, (await stat(path)).size >> 1)],
    ['a text', (path: string) => writeFile(path, 'not a log')],
  ])('%s: never a wrong value, and all goes on', async (_, damage) => {
    const { killed, book } = await past()
    await damage(wal(killed))
    await live(killed, book)
    await liveOn(killed, book)
    expect(book.wrong).toEqual([])
  })
})
