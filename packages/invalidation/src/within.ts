import { type Clock, DeadlineError } from '@greenlang/core'

interface Limit {
  readonly subject: string
  readonly limitMs: number
  readonly clock: Clock
  /** Ends the wait early, by rejection. */
  readonly signal?: AbortSignal
}

/** What the work gives, or a DeadlineError. Late answers, and late failures, are nobody's. */
export async function within<T>(work: Promise<T>, { subject, limitMs, clock, signal }: Limit): Promise<T> {
  const done = new AbortController()
  const stop = () => done.abort(signal?.reason)
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop)
  const late = clock.sleep(limitMs, { signal: done.signal, ref: false }).then(() => {
    throw new DeadlineError(subject, limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    signal?.removeEventListener('abort', stop)
    done.abort()
  }
}
