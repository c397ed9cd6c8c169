/** What is remembered of one value file. The file itself holds the key, the dates and the value. */
export interface EntryRow {
  /** SHA-256 of the key, 64 hexadecimal digits in lower case. */
  readonly name: string
  /** A safe integer > 0: names the file of this write. */
  readonly seq: number
  /** Length of the file in bytes. */
  readonly size: number
  /** ms since the epoch; `Infinity` for never. */
  readonly expiresAt: number
  /** When it was last written or read, ms since the epoch. */
  readonly usedAt: number
  /** Weight of its uses, >= 0. */
  readonly uses: number
  readonly invalidated: boolean
  /** A safe integer >= 0: the journal's count of distrusts when it was stored. */
  readonly vouch: number
}

export interface Use {
  readonly name: string
  /** ms since the epoch. */
  readonly usedAt: number
  readonly uses: number
}

/** One transaction; its parts are done in the order in which they stand here. */
export interface Changes {
  /** Whether all rows go first. Facts stay. Default `false`. */
  readonly clear?: boolean
  /** Added, or put in the place of the row of the same name. */
  readonly puts?: readonly EntryRow[]
  /** Names whose rows go. Absent ones are no error. */
  readonly removes?: readonly string[]
  /** For rows that are there. Not under the row's checksum, as a wrong one is harmless. */
  readonly uses?: readonly Use[]
  /** Small texts by name; `undefined` removes. */
  readonly facts?: Readonly<Record<string, string | undefined>>
}

/**
 * Remembers which files there are. It may forget the latest commits when the power fails (`SyncMode`), never parts of
 * one. Calls are done one after the other, and never on the thread of the event loop. They reject with errors whose
 * `code` is that of SQLite, such as `SQLITE_FULL`: see `isDamage` and `isRefusal`.
 */
export interface MetadataStore {
  /**
   * Hands over all rows, in pages, the least recently used first.
   * @returns How many rows were left out as damaged.
   */
  load(onPage: (rows: readonly EntryRow[]) => void): Promise<number>
  /** All facts but damaged ones. */
  facts(): Promise<Readonly<Record<string, string>>>
  /** Does all of it or, if it rejects, nothing. */
  commit(changes: Changes): Promise<void>
  /** Up to `limit` names whose entries had expired by `now`, the earliest first. Invalidated ones count by their date. */
  expired(now: number, limit: number): Promise<readonly string[]>
  /** Gives the space of removed rows back to the file system. Holds a copy of the index in memory meanwhile. */
  vacuum(): Promise<void>
  /** May be called again. Other calls reject from then on. */
  close(): Promise<void>
}

/** `'full'`: a commit survives a power cut. `'normal'`: it survives the death of the process. */
export type SyncMode = 'normal' | 'full'

/** `'auto'`: `sqlite3` if its native part loads, else `node:sqlite` (Node >= 22.13). */
export type MetadataBinding = 'auto' | 'sqlite3' | 'node:sqlite'
