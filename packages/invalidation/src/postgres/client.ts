/** What is used of a connection to PostgreSQL. A `Client` of `pg` fits as it is. */
import type { Queryable } from '@greenlang/core'

export interface PostgresClient extends Queryable {
  on(event: 'notification', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  end(): Promise<void>
}
