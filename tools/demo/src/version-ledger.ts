/**
 * Finds stale reads from outside, as a user would: the reply to an update says which version the row has now, and each
 * read says when it began and which version it returned. From the process that made the update an older one is stale at
 * once; from another, once the time is over that an acknowledged invalidation may take to be heard.
 */
export interface VersionLedger {
  acknowledge(update: Update): void
  /** Whether the read was owed a newer version of the row. */
  isStale(row: VersionedRow, read: Read): boolean
  /** How long before the read began a newer version of the row had been acknowledged, in ms; 0 if none had. */
  behindMs(row: VersionedRow, begunAt: number): number
}

export interface VersionedRow {
  readonly id: string
  readonly rowVersion: number
}

/** An update whose reply has arrived. Times in ms, by the driver's clock. */
export interface Update {
  readonly row: VersionedRow
  readonly at: number
  /** The process that made it. */
  readonly by: string
  /** Whether that process was sure that the others hear of it. If not, nothing is promised of them. */
  readonly propagated: boolean
}

export interface Read {
  readonly begunAt: number
  readonly from: string
}

/** The lease of the bus (1 s), a deadline of a call (250 ms), and a turn of a busy event loop, in ms. */
export const heardWithinMs = 1_300

/** Reads last milliseconds: an update older than this many others of its row decides nothing. */
const mostKept = 64

export function createVersionLedger(): VersionLedger {
  const acknowledged = new Map<string, Update[]>()
  const newer = ({ id, rowVersion }: VersionedRow) =>
    (acknowledged.get(id) ?? []).filter(({ row }) => row.rowVersion > rowVersion)
  return {
    acknowledge: update => {
      const known = acknowledged.get(update.row.id)
      if (known) {
        known.push(update)
        if (known.length > mostKept) known.shift()
      } else acknowledged.set(update.row.id, [update])
    },
    isStale: (row, { begunAt, from }) =>
      newer(row).some(({ at, by, propagated }) =>
        by === from ? at < begunAt : propagated && at + heardWithinMs < begunAt,
      ),
    behindMs: (row, begunAt) => Math.max(0, ...newer(row).map(({ at }) => begunAt - at)),
  }
}

/** The rows in a reply that carry a version: one row, or a list of them. */
export function versionedRows(body: unknown): readonly VersionedRow[] {
  const rows = Array.isArray(body) ? body : [body]
  return rows.filter(row => typeof row?.id === 'string' && typeof row?.rowVersion === 'number')
}
