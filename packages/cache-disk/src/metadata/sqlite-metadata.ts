/** `MetadataStore` in one SQLite file. The directory is locked already, so nobody else writes to it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Changes, EntryRow, MetadataStore } from './metadata-store.ts'
import {
  type FactRow,
  factParameters,
  isName,
  parseFacts,
  parseRow,
  putParameters,
  useParameters,
} from './row-text.ts'
import { allFacts, commit, committing, endLoad, expiredNames, loadPage, startLoad } from './schema.ts'
import { sqliteError } from './sqlite-errors.ts'
import type { SqliteFile } from './sqlite-file.ts'

/** Parsed in less than a millisecond, and in three by code that runs for the first time. */
const pageRows = 250
const misuse = 21

/** @param file Its tables are there and sound. */
export async function sqliteMetadata(file: SqliteFile): Promise<MetadataStore> {
  await file.exec(committing)
  return new SqliteMetadata(file)
}

class SqliteMetadata implements MetadataStore {
  readonly #file: SqliteFile
  #running: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(file: SqliteFile) {
    this.#file = file
  }

  load(onPage: (rows: readonly EntryRow[]) => void): Promise<number> {
    return this.#next(async () => {
      await this.#file.exec(startLoad)
      try {
        return await this.#loadPages(onPage)
      } finally {
        await this.#file.exec(endLoad)
      }
    })
  }

  facts(): Promise<Readonly<Record<string, string>>> {
    return this.#next(async () => parseFacts(await this.#file.all<FactRow>(allFacts)))
  }

  commit(changes: Changes): Promise<void> {
    const { clear = false, puts = [], removes = [], uses = [], facts = {} } = changes
    const parameters = [
      clear ? 1 : 0,
      JSON.stringify(puts.map(putParameters)),
      JSON.stringify(removes),
      JSON.stringify(uses.map(useParameters)),
      JSON.stringify(Object.entries(facts).map(([name, text]) => factParameters(name, text))),
    ]
    return this.#next(() => this.#file.run(commit, ...parameters))
  }

  expired(now: number, limit: number): Promise<readonly string[]> {
    return this.#next(async () => {
      const rows = await this.#file.all<{ name: unknown }>(expiredNames, now, limit)
      return rows.map(row => row.name).filter(isName)
    })
  }

  vacuum(): Promise<void> {
    return this.#next(() => this.#file.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'))
  }

  close(): Promise<void> {
    this.#closing ??= this.#running.then(() => this.#file.close())
    return this.#closing
  }

  /** The next page is read while one is handed over. */
  async #loadPages(onPage: (rows: readonly EntryRow[]) => void): Promise<number> {
    let damaged = 0
    for (let after = 0, page = await this.#page(after); page.count > 0; ) {
      after += pageRows
      const next = this.#page(after)
      // Awaited below; a failure while this page is handed over is no unhandled one.
      next.catch(() => undefined)
      const rows = page.text.split('\n').flatMap(line => parseRow(line) ?? [])
      damaged += page.count - rows.length
      try {
        if (rows.length > 0) onPage(rows)
      } finally {
        page = await next
        // Messages of a thread that come soon enough are all taken in one turn of the event loop.
        await nextTurn()
      }
    }
    return damaged
  }

  async #page(after: number): Promise<{ count: number; text: string }> {
    const [page] = await this.#file.all<{ count: number; text: string | null }>(
      loadPage,
      after,
      after + pageRows,
    )
    return { count: page?.count ?? 0, text: page?.text ?? '' }
  }

  /** One call at a time: the bindings would run overlapping ones in any order. */
  #next<R>(task: () => Promise<R>): Promise<R> {
    if (this.#closing) return Promise.reject(sqliteError(misuse, 'the index is closed'))
    const result = this.#running.then(task)
    this.#running = result.catch(() => undefined)
    return result
  }
}
