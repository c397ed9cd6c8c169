/** What is remembered of one value file. The file itself holds the key, the dates and the value. */
export interface EntryRow {
  /** SHA-256 of the key, 64 hexadecimal digits. */
  readonly name: string
  /** Length of the file in bytes. */
  readonly size: number
  /** ms since the epoch; `Infinity` for never. */
  readonly expiresAt: number
  /** When it was last written or read, ms since the epoch. */
  readonly usedAt: number
}

/**
 * Remembers which files there are. It may forget the latest changes when the process is killed: a file without a row is
 * removed, a row without a file is a miss. Opened by the one owner of the directory.
 */
export interface MetadataStore {
  /** Hands over all rows, in pages, in no order. */
  load(onPage: (rows: readonly EntryRow[]) => void): Promise<void>
  /** Resolves once written; changes asked for at the same time are written together, in the order of their calls. */
  put(row: EntryRow): Promise<void>
  /** As `put`. Absent names are no error. */
  remove(names: readonly string[]): Promise<void>
  /** Remembers the use of an entry; written with a later change or by `close`. */
  touch(name: string, usedAt: number): void
  /** Up to `limit` names whose entries had expired by `now`. */
  expired(now: number, limit: number): Promise<readonly string[]>
  clear(): Promise<void>
  close(): Promise<void>
}
