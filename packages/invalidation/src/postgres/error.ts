import { GreenlangError } from '@greenlang/core'

/** The connection to PostgreSQL ended, or answered nothing. The source makes another. */
export class PostgresSourceLostError extends GreenlangError {
  readonly code = 'POSTGRES_SOURCE_LOST'

  constructor(message: string, cause?: unknown) {
    super(message, { cause })
  }
}

/** A row of the outbox could not be applied. It stays there, and is tried again. */
export class OutboxRowError extends GreenlangError {
  readonly code = 'OUTBOX_ROW'
  /** Its `id` in the outbox. */
  readonly rowId: string

  constructor(rowId: string, why: string, cause?: unknown) {
    super(`row ${rowId} of the outbox ${why}; it stays and is tried again, delete it if it can never work`, {
      cause,
    })
    this.rowId = rowId
  }
}
