/** One borrowing of a connection: from the hand-out to the moment it is fit to be lent again, or closed. */
import type { PooledClient } from './client.ts'
import type { Deadlines } from './deadlines.ts'

/** What pg-pool hands out, and its way of taking it back. */
export interface Checkout {
  readonly client: PooledClient
  /** Call once. Closes the connection if `destroy`. */
  readonly takeBack: (destroy?: boolean) => void
}

export interface LoanTerms {
  /** Bounds the wait for a query that is still running when its client is released. */
  readonly deadlines: Deadlines
  readonly onReturned: () => void
}

/** Puts a `release` on the client that may be called twice. `release(true)` or `release(error)` closes the connection. */
export function lend(checkout: Checkout, terms: LoanTerms): PooledClient {
  const { client } = checkout
  let released = false
  client.release = destroy => {
    if (released) return
    released = true
    if (destroy || client.isReady() !== false) giveBack(checkout, terms, Boolean(destroy))
    else whenReady(client, terms.deadlines, () => giveBack(checkout, terms, false))
  }
  return client
}

function giveBack({ client, takeBack }: Checkout, { onReturned }: LoanTerms, destroy: boolean): void {
  onReturned()
  takeBack(destroy || client.getTransactionStatus() !== 'I')
}

/** The error of a query arrives before the server is ready again; a query nobody waited for may still run. */
function whenReady(client: PooledClient, deadlines: Deadlines, then: () => void): void {
  const settle = () => {
    deadline.cancel()
    client.removeListener('drain', settle)
    client.removeListener('end', settle)
    then()
  }
  const deadline = deadlines.add(() => client.cut())
  client.on('drain', settle)
  client.on('end', settle)
}
