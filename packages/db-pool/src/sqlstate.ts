/**
 * Which errors end a connection. Any other error of PostgreSQL is the query's own: the connection is as good as before
 * and is used again.
 */

/** Idle-in-transaction, transaction and idle-session timeouts, shutdown, crash, not yet up, database dropped. */
const fatalStates = new Set(['25P03', '25P04', '57P01', '57P02', '57P03', '57P04', '57P05'])
/** Class 08 is 'connection exception'. */
const connectionException = /^08[0-9A-Z]{3}$/
const queryCanceled = '57014'

export function endsConnection(error: unknown): boolean {
  const state = codeOf(error)
  return state !== undefined && (fatalStates.has(state) || connectionException.test(state))
}

/** The server stopped the statement: its own limit, or somebody's cancel request. */
export function isQueryCanceled(error: unknown): boolean {
  return codeOf(error) === queryCanceled
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
