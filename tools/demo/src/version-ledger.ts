/**
 * Finds stale reads from outside, as a user would: a read that began after an update's reply had arrived, and that
 * still returned an older version of the row.
 */
export interface VersionLedger {
  /** An update's reply arrived at `at` (ms, the driver's clock) and said the row is now at `version`. */
  acknowledge(id: string, version: number, at: number): void
  /** Whether a read begun at `begunAt` was owed a newer version of the row than this. */
  isStale(row: VersionedRow, begunAt: number): boolean
}

export interface VersionedRow {
  readonly id: string
  readonly rowVersion: number
}

/** Reads last milliseconds: an update older than this many others of its row decides nothing. */
const mostKept = 64

export function createVersionLedger(): VersionLedger {
  const acknowledged = new Map<string, { version: number; at: number }[]>()
  return {
    acknowledge: (id, version, at) => {
      const known = acknowledged.get(id)
      if (known) {
        known.push({ version, at })
        if (known.length > mostKept) known.shift()
      } else acknowledged.set(id, [{ version, at }])
    },
    isStale: ({ id, rowVersion }, begunAt) =>
      acknowledged.get(id)?.some(({ version, at }) => at < begunAt && version > rowVersion) ?? false,
  }
}

/** The rows in a reply that carry a version: one row, or a list of them. */
export function versionedRows(body: unknown): readonly VersionedRow[] {
  const rows = Array.isArray(body) ? body : [body]
  return rows.filter(row => typeof row?.id === 'string' && typeof row?.rowVersion === 'number')
}
