/**
 * What a load brings that is for the caller who began it alone, because the cache may not keep it. A caller who is gone or has
 * its answer already gets nothing: the response is let go.
 */
import { discard } from './body.ts'
import type { Forwarded } from './cache-status.ts'
import type { StoredResponse } from './stored.ts'

export interface Brought {
  readonly forwarded: Forwarded
  readonly response?: Response
  readonly stored?: StoredResponse
}

export interface Handover {
  offer(brought: Brought): void
  /** What was brought, once. */
  take(): Brought | undefined
  /** Nothing is taken any more. */
  close(): void
}

export function createHandover(): Handover {
  let held: Brought | undefined
  let closed = false
  return {
    offer(brought) {
      discard(held?.response)
      held = brought
      if (closed) discard(brought.response)
    },
    take() {
      const taken = held
      held = undefined
      return taken
    },
    close() {
      closed = true
      discard(held?.response)
      held = undefined
    },
  }
}
