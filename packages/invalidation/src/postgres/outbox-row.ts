/** A row of the outbox, whatever the driver makes of types. */
import type { InvalidationMode } from '@greenlang/core'

/** Its place: the transaction that wrote it, then its number. Both too large for a number of JavaScript. */
export interface RowPlace {
  readonly xid: string
  readonly id: string
}

export interface OutboxRow extends RowPlace {
  readonly ageMs: number
  readonly mode: InvalidationMode
  readonly keys: readonly string[]
  readonly tags: readonly string[]
  readonly pattern: string | null
  readonly event: string | null
  readonly payload: unknown
}

/** Before every row: transactions are counted from 3. */
export const firstPlace: RowPlace = { xid: '0', id: '0' }

/** One text a row: no parser of types that the user of the driver may have set gets to see the columns. */
export const rowColumn = `jsonb_build_object(
  'xid', xid::text, 'id', id::text, 'mode', mode, 'keys', keys, 'tags', tags, 'pattern', pattern,
  'event', event, 'payload', payload,
  'ageMs', extract(epoch from clock_timestamp() - created_at) * 1000
)::text as told`

export const readRow = ({ told }: Record<string, unknown>): OutboxRow => JSON.parse(String(told))
