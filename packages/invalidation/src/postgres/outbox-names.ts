import { checkIdentifier } from './identifier.ts'

/** Where the outbox is: the same for its SQL, its triggers and its source. */
export interface OutboxNamesOptions {
  /** Its schema, which has to exist. Default `'public'`. */
  schema?: string
  /** Its table. Default `'greenlang_invalidations'`. */
  table?: string
  /** Channel of its NOTIFY. Default `'greenlang_invalidations'`. */
  channel?: string
  /** Its function, in the same schema, that appends a row. Default `'greenlang_invalidate'`. */
  append?: string
}

export type OutboxNames = Required<OutboxNamesOptions>

export const outboxNameOptions = ['schema', 'table', 'channel', 'append'] as const

/** @throws InvalidOptionError for a bad name. */
export function checkOutboxNames(options: OutboxNamesOptions): OutboxNames {
  const {
    schema = 'public',
    table = 'greenlang_invalidations',
    channel = 'greenlang_invalidations',
    append = 'greenlang_invalidate',
  } = options
  return {
    schema: checkIdentifier('schema', schema),
    table: checkIdentifier('table', table),
    channel: checkIdentifier('channel', channel),
    append: checkIdentifier('append', append),
  }
}
