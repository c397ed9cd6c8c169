/**
 * Reads the outbox, oldest first, and deletes what is done.
 *
 * Rows become visible in the order of commits, which is not that of their numbers: a reader that remembers the last
 * number it saw skips the row of a transaction that took its number early and committed late. Here nothing is
 * remembered. A row that is done is deleted, so whatever is in the table is still to do, and every pass begins at the
 * oldest row there is, in the order of (xid, id): whatever committed before the pass began is in it, whatever its
 * number, and whatever commits later is in the next. Only rows that were refused are stepped over, until the pass ends.
 *
 * Rejected: to read only below `pg_snapshot_xmin`, which a reader with a memory needs. One transaction that writes for an hour,
 * in any database of the server, would hold back every invalidation for that hour.
 *
 * A batch is read, applied and deleted in one transaction, by the session that holds the lock of the bridge: if that
 * session dies, its rows are still there for the next one. So each row is applied at least once, which for an invalidation is as
 * good as once.
 */
import { qualified } from './identifier.ts'
import { firstPlace, type OutboxRow, type RowPlace, readRow, rowColumn } from './outbox-row.ts'
import type { Session } from './session.ts'

export interface Verdict {
  /** The rows that are acknowledged. */
  readonly done: readonly OutboxRow[]
  /** The cache acknowledges nothing now: there is no point in going on. */
  readonly refused: boolean
}

export interface PassPlan {
  readonly schema: string
  readonly table: string
  readonly batchSize: number
  readonly closing: AbortSignal
  /** Never rejects. */
  apply(rows: readonly OutboxRow[]): Promise<Verdict>
  /** Told after each commit how many rows were done, and how many stayed. */
  onBatch(done: number, left: number): void
  /** Told the age of the oldest row there is, in ms: before each batch, and 0 after the last. */
  onLag(ageMs: number): void
}

export interface Pass {
  /** Rows that stayed. */
  readonly left: number
  readonly refused: boolean
}

/** Applies what there is. Rejects when the session fails. */
export async function passOutbox(session: Session, plan: PassPlan): Promise<Pass> {
  const table = qualified(plan.schema, plan.table)
  let after = firstPlace
  let left = 0
  while (!plan.closing.aborted) {
    if (!(await hasRows(session, table, after))) break
    await session.query('begin isolation level read committed read write')
    const rows = await readBatch(session, table, after, plan.batchSize)
    if (left === 0) plan.onLag(rows[0]?.ageMs ?? 0)
    const { done, refused } = rows.length === 0 ? { done: [], refused: false } : await plan.apply(rows)
    if (done.length > 0) await deleteRows(session, table, done)
    await session.query('commit')
    plan.onBatch(done.length, rows.length - done.length)
    left += rows.length - done.length
    if (refused) return { left, refused }
    const last = rows.at(-1)
    if (last === undefined) break
    if (done.length < rows.length) after = last
  }
  if (left === 0 && !plan.closing.aborted) plan.onLag(0)
  return { left, refused: false }
}

/** A transaction costs three more messages, and most looks find nothing. */
async function hasRows(session: Session, table: string, { xid, id }: RowPlace): Promise<boolean> {
  const rows = await session.query(
    `select 1 as one from ${table} where (xid, id) > ($1::xid8, $2::bigint) limit 1`,
    [xid, id],
  )
  return rows.length > 0
}

/** What somebody else has locked, say to delete it by hand, is left to the next pass. */
async function readBatch(
  session: Session,
  table: string,
  { xid, id }: RowPlace,
  most: number,
): Promise<readonly OutboxRow[]> {
  const rows = await session.query(
    `select ${rowColumn} from ${table} where (xid, id) > ($1::xid8, $2::bigint)
order by xid, id limit $3 for update skip locked`,
    [xid, id, most],
  )
  return rows.map(readRow)
}

async function deleteRows(session: Session, table: string, rows: readonly RowPlace[]): Promise<void> {
  await session.query(
    `delete from ${table} as waiting using unnest($1::xid8[], $2::bigint[]) as applied(xid, id)
where waiting.xid = applied.xid and waiting.id = applied.id`,
    [rows.map(({ xid }) => xid), rows.map(({ id }) => id)],
  )
}
