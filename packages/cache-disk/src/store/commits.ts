/**
 * Changes of rows on their way to the index file, and the files that wait for them.
 *
 * The row decides what is served. So a file is removed only after the change that took its row away is committed, and a
 * kill at any moment leaves the old entry or the new one. Changes are gathered while a transaction runs, or for a moment
 * where nobody waits, and go together, in order. What cannot be committed is kept for the next try; its files go all the
 * same, as a row without a file is a miss, and a full disk may need just that space.
 */
import type { Awaitable, Clock } from '@greenlang/core'
import type { FileRef } from '../files/value-files.ts'
import type { Changes, EntryRow, MetadataStore, Use } from '../metadata/metadata-store.ts'
import { isDamage } from '../metadata/sqlite-errors.ts'

export interface CommitsParts {
  readonly metadata: MetadataStore
  readonly clock: Clock
  /** Whether writing is worth a try; else why not. */
  refusal(): unknown
  /** Whether the index file that is open is not the one at its path any more. */
  isLost(): boolean
  /** All rows there should be, for an index that is made anew. */
  rows(): Iterable<EntryRow>
  facts(): Readonly<Record<string, string | undefined>>
  /** An empty index in the place of the damaged one. */
  replace(reason: unknown): Promise<MetadataStore>
  /** Removes a file and gives back its space. */
  discard(file: FileRef): Awaitable<void>
  onFailure(error: unknown): void
  /** Adds the facts that go with these changes. */
  beforeCommit(): void
}

interface Batch {
  clear: boolean
  readonly rows: Map<string, EntryRow | undefined>
  readonly uses: Map<string, Use>
  readonly facts: Map<string, string | undefined>
  garbage: FileRef[]
}

const gatherMs = 20
/** About a millisecond of the event loop. */
const rowsPerCommit = 500

export class Commits {
  readonly #parts: CommitsParts
  readonly #stopping = new AbortController()
  #metadata: MetadataStore
  /** Why there is no index, since one could not be made anew. */
  #missing: unknown
  #pending = emptyBatch()
  #committing: Batch | undefined
  #next: Promise<void> | undefined
  #running: Promise<void> = Promise.resolve()
  #discarding: Promise<void> = Promise.resolve()
  #discardings = 0
  #timed = false

  constructor(parts: CommitsParts) {
    this.#parts = parts
    this.#metadata = parts.metadata
  }

  /** @param old The file of the row that this one replaces. */
  put(row: EntryRow, old?: FileRef): void {
    this.#change(row.name, row, old)
  }

  remove(name: string, file?: FileRef): void {
    this.#change(name, undefined, file)
  }

  use(use: Use): void {
    this.#pending.uses.set(use.name, use)
  }

  fact(name: string, text: string | undefined): void {
    this.#pending.facts.set(name, text)
  }

  /** A file that has no row. */
  garbage(file: FileRef): void {
    this.#pending.garbage.push(file)
    this.#soon()
  }

  /** All rows go; the caller sees to their files. */
  clear(): void {
    this.#pending.clear = true
    this.#pending.rows.clear()
    this.#pending.uses.clear()
  }

  /** Whether a change of this row is not committed yet. */
  isPending(name: string): boolean {
    const { clear, rows } = this.#pending
    return (
      clear || rows.has(name) || this.#committing?.clear === true || this.#committing?.rows.has(name) === true
    )
  }

  /** Whether files wait to be removed. */
  get hasGarbage(): boolean {
    return this.#pending.garbage.length > 0 || this.#committing !== undefined || this.#discardings > 0
  }

  /** Commits all changes so far. Rejects with the error of the file system or SQLite. */
  flush(): Promise<void> {
    const refusal = this.#parts.refusal()
    return refusal === undefined ? this.retry() : Promise.reject(refusal)
  }

  /** As `flush`, whatever stands against it. */
  retry(): Promise<void> {
    if (!this.#next) {
      const next = this.#running.then(() => {
        this.#next = undefined
        return this.#commit()
      })
      this.#next = next
      this.#running = next.catch(() => undefined)
    }
    return this.#next
  }

  /** Resolves once the files of what is committed are gone. */
  async discarded(): Promise<void> {
    await this.#discarding
  }

  expired(now: number, limit: number): Promise<readonly string[]> {
    return this.#alone(metadata => metadata.expired(now, limit))
  }

  async vacuum(): Promise<void> {
    await this.flush()
    return this.#alone(metadata => metadata.vacuum())
  }

  /** A new index, of what is known, in the place of this one. */
  rebuild(reason: unknown): Promise<void> {
    return this.#alone(() => this.#rebuild(reason))
  }

  /** Lets go of the index without a last commit. */
  async abandon(): Promise<void> {
    this.#stopping.abort()
    await this.#metadata.close().catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    try {
      await this.retry()
    } finally {
      await this.#discarding
      await this.#metadata.close()
    }
  }

  #change(name: string, row: EntryRow | undefined, old: FileRef | undefined): void {
    const { rows, uses, garbage } = this.#pending
    rows.set(name, row)
    uses.delete(name)
    if (old) garbage.push(old)
    if (rows.size === rowsPerCommit) this.flush().catch(() => undefined)
    else this.#soon()
  }

  #soon(): void {
    if (this.#timed) return
    this.#timed = true
    const { clock } = this.#parts
    const flush = () => {
      this.#timed = false
      this.flush().catch(() => undefined)
    }
    clock.sleep(gatherMs, { signal: this.#stopping.signal }).then(flush, () => undefined)
  }

  /** Between two transactions. */
  #alone<R>(task: (metadata: MetadataStore) => Promise<R>): Promise<R> {
    const result = this.#running.then(() => task(this.#metadata))
    this.#running = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  async #commit(): Promise<void> {
    if (isEmpty(this.#pending) && !this.#isLost()) return
    this.#parts.beforeCommit()
    const batch = this.#pending
    this.#pending = emptyBatch()
    this.#committing = batch
    try {
      await this.#write(batch)
      this.#discard(batch)
    } catch (error) {
      this.#discard(batch)
      this.#pending = merged(batch, this.#pending)
      this.#parts.onFailure(error)
      throw error
    } finally {
      this.#committing = undefined
    }
  }

  async #write(batch: Batch): Promise<void> {
    // What is committed to a file that was deleted is lost with this process.
    if (this.#isLost()) return this.#rebuild(this.#missing ?? 'the index file is gone')
    try {
      await this.#writeOnce(batch)
    } catch (error) {
      if (isDamage(error)) return this.#rebuild(error)
      // A full disk may have room once the files of what is gone are gone.
      this.#discard(batch)
      await this.#discarding
      await this.#writeOnce(batch)
    }
  }

  async #writeOnce(batch: Batch): Promise<void> {
    const rows = [...batch.rows]
    const uses = [...batch.uses.values()]
    const pages = Math.max(1, Math.ceil(rows.length / rowsPerCommit), Math.ceil(uses.length / rowsPerCommit))
    for (let page = 0; page < pages; page += 1) {
      const [from, to] = [page * rowsPerCommit, (page + 1) * rowsPerCommit]
      await this.#metadata.commit({
        clear: batch.clear && page === 0,
        ...changesOf(rows.slice(from, to)),
        uses: uses.slice(from, to),
        // Last: what they vouch for is committed before them or with them.
        facts: page === pages - 1 ? Object.fromEntries(batch.facts) : {},
      })
    }
  }

  #isLost(): boolean {
    return this.#missing !== undefined || this.#parts.isLost()
  }

  async #rebuild(reason: unknown): Promise<void> {
    this.#missing = reason
    await this.#metadata.close().catch(() => undefined)
    this.#metadata = await this.#parts.replace(reason)
    const rows: [string, EntryRow][] = []
    for (const row of this.#parts.rows()) rows.push([row.name, row])
    const facts = new Map(Object.entries(this.#parts.facts()))
    await this.#writeOnce({ ...emptyBatch(), rows: new Map(rows), facts })
    this.#missing = undefined
  }

  #discard(batch: Batch): void {
    const { garbage } = batch
    if (garbage.length === 0) return
    batch.garbage = []
    this.#discardings += 1
    this.#discarding = this.#discarding.then(async () => {
      for (const file of garbage) await this.#parts.discard(file)
      this.#discardings -= 1
    })
  }
}

function emptyBatch(): Batch {
  return { clear: false, rows: new Map(), uses: new Map(), facts: new Map(), garbage: [] }
}

function isEmpty({ clear, rows, uses, facts, garbage }: Batch): boolean {
  return !clear && rows.size === 0 && uses.size === 0 && facts.size === 0 && garbage.length === 0
}

/** What could not be written, and what came after it. */
function merged(older: Batch, newer: Batch): Batch {
  const kept = newer.clear ? emptyBatch() : older
  return {
    clear: older.clear || newer.clear,
    rows: new Map([...kept.rows, ...newer.rows]),
    uses: new Map([...kept.uses, ...newer.uses]),
    facts: new Map([...older.facts, ...newer.facts]),
    garbage: [...older.garbage, ...newer.garbage],
  }
}

function changesOf(rows: readonly (readonly [string, EntryRow | undefined])[]): Changes {
  return {
    puts: rows.flatMap(([, row]) => (row ? [row] : [])),
    removes: rows.flatMap(([name, row]) => (row ? [] : [name])),
  }
}
