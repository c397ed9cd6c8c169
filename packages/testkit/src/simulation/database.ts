/** The source of truth, never at fault: one order of writes for each key, and reads of what is committed. */
export interface Row {
  readonly key: string
  readonly version: number
  /** The row is gone at this version. */
  readonly absent: boolean
}

export interface Database {
  read(key: string): Row
  /** The next version of the row. @param absent The row goes. */
  commit(key: string, absent: boolean): Row
}

export function createDatabase(): Database {
  const rows = new Map<string, Row>()
  const read = (key: string) => rows.get(key) ?? { key, version: 0, absent: false }
  return {
    read,
    commit(key, absent) {
      const row = { key, version: read(key).version + 1, absent }
      rows.set(key, row)
      return row
    },
  }
}
