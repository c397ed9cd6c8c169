/** How the last loads failed, by key: what is too old to stand in for one says to its callers what it failed with. */

import type { FailedAnswer } from './failed-answer.ts'

/** Past it the oldest is forgotten: its callers ask the origin themselves. */
const mostKeys = 1_000

export type Failure =
  /** It was not reached. */
  | { readonly error: unknown; readonly answer?: undefined }
  /** It answered, with an error. */
  | { readonly answer: FailedAnswer }

export interface Failures {
  note(key: string, failure: Failure): void
  forget(key: string): void
  of(key: string): Failure | undefined
}

export function createFailures(): Failures {
  const failures = new Map<string, Failure>()
  return {
    note(key, failure) {
      failures.delete(key)
      failures.set(key, failure)
      const [oldest] = failures.keys()
      if (failures.size > mostKeys && oldest !== undefined) failures.delete(oldest)
    },
    forget: key => void failures.delete(key),
    of: key => failures.get(key),
  }
}
