import { GreenlangError } from '@greenlang/core'

/** Connections of a pool at one moment. */
export interface PoolLoad {
  /** Borrowed. */
  readonly active: number
  /** Open and free. */
  readonly idle: number
  /** Callers waiting for a connection. */
  readonly waiting: number
  /** Most that may be open. */
  readonly max: number
}

/** No connection came free, or none could be opened, within `acquireTimeout`. `cause`: the last connect that failed. */
export class AcquireTimeoutError extends GreenlangError {
  readonly code = 'ACQUIRE_TIMEOUT'
  /** Name of the pool. */
  readonly pool: string
  /** The limit that passed, in ms. */
  readonly limitMs: number
  /** The pool when it passed; the caller itself is still among `waiting`. */
  readonly load: PoolLoad

  constructor(pool: string, limitMs: number, load: PoolLoad, lastConnectFailure: unknown) {
    const { active, idle, waiting, max } = load
    super(
      `pool "${pool}" had no connection within ${limitMs} ms (acquireTimeout): ${active} of ${max} borrowed, ` +
        `${idle} idle, ${waiting} waiting; ${remedy(load, lastConnectFailure)}`,
      lastConnectFailure === undefined ? undefined : { cause: lastConnectFailure },
    )
    this.pool = pool
    this.limitMs = limitMs
    this.load = load
  }
}

/** A query ran longer than `queryTimeout`. It may still have taken effect. `cause`: what the server or driver said. */
export class QueryTimeoutError extends GreenlangError {
  readonly code = 'QUERY_TIMEOUT'
  /** Name of the pool. */
  readonly pool: string
  /** The limit that passed, in ms. */
  readonly limitMs: number

  constructor(pool: string, limitMs: number, cause: unknown) {
    super(
      `pool "${pool}": a query ran longer than ${limitMs} ms (queryTimeout); make it faster, or raise the limit`,
      { cause },
    )
    this.pool = pool
    this.limitMs = limitMs
  }
}

function remedy({ active, max }: PoolLoad, lastConnectFailure: unknown): string {
  if (lastConnectFailure !== undefined) return 'the last connect failed, see error.cause'
  if (active >= max) return 'find who keeps connections, or raise size'
  return 'the server did not answer, check that it can be reached'
}
