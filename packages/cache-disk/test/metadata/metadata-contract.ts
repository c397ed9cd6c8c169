/** What every binding of the index must do. Takes its runner, so that it runs under jest and in a bare child process. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestRunner } from '@greenlang/testkit'
import type { Changes, EntryRow, MetadataStore } from '../../src/metadata/metadata-store.ts'
import type { OpenedMetadata } from '../../src/metadata/open-metadata.ts'
import { damageCases } from './damage-cases.ts'
import { aRow, nameOf, rowsOf } from './rows.ts'

export interface MetadataContext {
  /** Path of an index that is not there yet. */
  readonly path: string
  /** Opens it; it is closed after the test if the test does not. */
  open(path?: string): Promise<OpenedMetadata>
}

export type Case = (context: MetadataContext, runner: TestRunner) => Promise<void>

export function metadataContract(
  runner: TestRunner,
  name: string,
  open: (path: string) => Promise<OpenedMetadata>,
): void {
  runner.describe(name, () => {
    for (const [title, test] of Object.entries({ ...cases, ...damageCases }))
      runner.it(title, async () => {
        const directory = await mkdtemp(join(tmpdir(), 'greenlang-metadata-'))
        const stores: MetadataStore[] = []
        const path = join(directory, 'index.sqlite')
        const opening = async (at = path) => {
          const opened = await open(at)
          stores.push(opened.store)
          return opened
        }
        try {
          await test({ path, open: opening }, runner)
        } finally {
          for (const store of stores) await store.close()
          await rm(directory, { recursive: true, force: true })
        }
      })
  })
}

/** Commits, reopens, and gives the rows that are found then. */
async function after(context: MetadataContext, ...commits: Changes[]): Promise<EntryRow[]> {
  const { store } = await context.open()
  for (const changes of commits) await store.commit(changes)
  await store.close()
  return rowsOf((await context.open()).store)
}

const cases: Readonly<Record<string, Case>> = {
  'keeps every field of a row over a restart': async (context, { expect }) => {
    const rows = [
      aRow('plain'),
      aRow('never', { expiresAt: Number.POSITIVE_INFINITY, invalidated: true }),
      aRow('largest', { seq: Number.MAX_SAFE_INTEGER, size: 2 ** 40, vouch: Number.MAX_SAFE_INTEGER }),
      aRow('fractions', { expiresAt: 1_795_400_000_000.123, usedAt: 1_795_300_000_000.5, uses: 0.1 }),
      aRow('past', { expiresAt: 0, uses: 1e-9, size: 0 }),
    ].map((row, index) => ({ ...row, usedAt: row.usedAt + index }))
    expect(await after(context, { puts: rows })).toEqual(rows)
  },
  'hands over the least recently used first': async (context, { expect }) => {
    const puts = [30, 10, 20].map(usedAt => aRow(`row ${usedAt}`, { usedAt }))
    expect((await after(context, { puts })).map(row => row.usedAt)).toEqual([10, 20, 30])
  },
  'clears, puts, removes, notes uses, in this order': async (context, { expect }) => {
    const old = [aRow('old'), aRow('both')]
    const found = await after(
      context,
      { puts: old },
      {
        clear: true,
        puts: [aRow('both', { seq: 7 }), aRow('gone'), aRow('used', { usedAt: 1 })],
        removes: [nameOf('gone'), nameOf('absent')],
        uses: [
          { name: nameOf('used'), usedAt: 9_999_999_999_999, uses: 4.5 },
          { name: nameOf('gone'), usedAt: 5, uses: 5 },
        ],
      },
    )
    expect(found).toEqual([aRow('both', { seq: 7 }), aRow('used', { usedAt: 9_999_999_999_999, uses: 4.5 })])
  },
  'puts a row in the place of the one of its name': async (context, { expect }) => {
    const newer = aRow('a', { seq: 2, size: 5, expiresAt: Number.POSITIVE_INFINITY, uses: 0, vouch: 8 })
    expect(await after(context, { puts: [aRow('a')] }, { puts: [newer] })).toEqual([newer])
  },
  'does nothing of a commit that fails half-way': async (context, { expect }) => {
    const { store } = await context.open()
    await store.commit({ puts: [aRow('kept')], facts: { kept: 'yes' } })
    const failing: Changes = {
      clear: true,
      puts: [aRow('new')],
      uses: [{ name: nameOf('new'), usedAt: Number.NaN, uses: 1 }],
      facts: { kept: undefined, other: 'x' },
    }
    const failure = await store.commit(failing).catch(error => error)
    expect(failure.code).toBe('SQLITE_CONSTRAINT')
    expect(await rowsOf(store)).toEqual([aRow('kept')])
    expect(await store.facts()).toEqual({ kept: 'yes' })
    await store.commit({ puts: [aRow('later', { usedAt: 1 })] })
    expect(await rowsOf(store)).toEqual([aRow('later', { usedAt: 1 }), aRow('kept')])
  },
  'refuses a name that is no SHA-256': async (context, { expect }) => {
    const { store } = await context.open()
    const failure = await store.commit({ puts: [{ ...aRow('a'), name: 'zz' }] }).catch(error => error)
    expect(failure.code).toBe('SQLITE_CONSTRAINT')
    expect(await rowsOf(store)).toEqual([])
  },
  'keeps facts, replaces them, removes them, whatever their text': async (context, { expect }) => {
    const odd = { "it's": '"quoted"', nul: 'a\u0000b', lone: '\ud800', empty: '', ключ: 'значение' }
    const { store } = await context.open()
    await store.commit({ facts: { ...odd, old: '1', gone: 'x' } })
    await store.commit({ clear: true, facts: { old: '2', gone: undefined, absent: undefined } })
    await store.close()
    expect(await (await context.open()).store.facts()).toEqual({ ...odd, old: '2' })
  },
  'finds what has expired, the earliest first, up to a limit': async (context, { expect }) => {
    const { store } = await context.open()
    const puts = [30, 10, 20, 40, Number.POSITIVE_INFINITY].map(expiresAt =>
      aRow(`${expiresAt}`, { expiresAt }),
    )
    await store.commit({ puts })
    expect(await store.expired(30, 9)).toEqual(['10', '20', '30'].map(nameOf))
    expect(await store.expired(30, 2)).toEqual(['10', '20'].map(nameOf))
    expect(await store.expired(9, 9)).toEqual([])
    expect((await store.expired(Number.MAX_SAFE_INTEGER, 9)).length).toBe(4)
  },
  'takes 5,000 rows at once, and removes and clears as many': async (context, { expect }) => {
    const { store } = await context.open()
    const puts = Array.from({ length: 5_000 }, (_, index) =>
      aRow(`row ${index}`, { usedAt: index, seq: index + 1 }),
    )
    await store.commit({ puts })
    expect(await rowsOf(store)).toEqual(puts)
    await store.commit({ removes: puts.slice(0, 4_000).map(row => row.name) })
    expect((await rowsOf(store)).length).toBe(1_000)
    await store.commit({ clear: true })
    expect(await rowsOf(store)).toEqual([])
  },
  'leaves the event loop free between pages': async (context, { expect }) => {
    const { store } = await context.open()
    await store.commit({ puts: Array.from({ length: 3_000 }, (_, index) => aRow(`row ${index}`)) })
    let turns = 0
    let ended = false
    const turn = () => {
      turns += 1
      if (!ended) setImmediate(turn)
    }
    setImmediate(turn)
    const seen: number[] = []
    await store.load(() => seen.push(turns))
    ended = true
    expect(new Set(seen).size === seen.length && seen.length >= 3).toBe(true)
  },
  'does calls that overlap one after the other': async (context, { expect }) => {
    const { store } = await context.open()
    const calls = Array.from({ length: 50 }, (_, index) =>
      store.commit({ clear: true, puts: [aRow('a', { seq: index + 1 })] }),
    )
    const found = rowsOf(store)
    await Promise.all(calls)
    expect((await found).map(row => row.seq)).toEqual([50])
  },
  'passes on what the reader of a page throws, and works on': async (context, { expect }) => {
    const { store } = await context.open()
    await store.commit({ puts: [aRow('a')] })
    const thrown = Object.assign(new Error('reader'), { code: 'READER' })
    const failure = await store
      .load(() => {
        throw thrown
      })
      .catch(error => error)
    expect(failure).toBe(thrown)
    expect((await rowsOf(store)).length).toBe(1)
  },
  'gives space back by a vacuum and keeps what is there': async (context, { expect }) => {
    const { store } = await context.open()
    const puts = Array.from({ length: 5_000 }, (_, index) => aRow(`row ${index}`, { usedAt: index }))
    await store.commit({ puts, facts: { a: 'b' } })
    await store.commit({ removes: puts.slice(10).map(row => row.name) })
    await store.vacuum()
    expect((await stat(context.path)).size < 100_000).toBe(true)
    expect(await rowsOf(store)).toEqual(puts.slice(0, 10))
    await store.commit({ puts: [aRow('later', { usedAt: -1 })] })
    await store.close()
    const reopened = await context.open()
    expect(reopened.replaced).toBe(undefined)
    expect((await rowsOf(reopened.store)).length).toBe(11)
    expect(await reopened.store.facts()).toEqual({ a: 'b' })
  },
  'closes more than once, and refuses calls from then on': async (context, { expect }) => {
    const { store } = await context.open()
    const commit = store.commit({ puts: [aRow('a')] })
    await Promise.all([store.close(), store.close(), commit])
    await store.close()
    const failure = await store.commit({ clear: true }).catch(error => error)
    expect(failure.code).toBe('SQLITE_MISUSE')
    expect((await rowsOf((await context.open()).store)).length).toBe(1)
  },
  'is a file of its owner alone, without shared memory': async (context, { expect }) => {
    const { store } = await context.open()
    await store.commit({ puts: [aRow('a')] })
    expect((await stat(context.path)).mode & 0o777).toBe(0o600)
    expect((await stat(`${context.path}-wal`)).mode & 0o777).toBe(0o600)
    expect((await stat(`${context.path}-shm`).catch(error => error)).code).toBe('ENOENT')
    await store.close()
    expect((await readFile(context.path)).toString('latin1', 0, 15)).toBe('SQLite format 3')
  },
}
