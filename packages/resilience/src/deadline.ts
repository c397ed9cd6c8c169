import { type Awaitable, type Clock, DeadlineError, InvalidArgumentError, systemClock } from '@greenlang/core'

/** What to do, given a signal that aborts once nobody waits for it any more. */
export type Operation<T> = (signal: AbortSignal) => Awaitable<T>

export interface DeadlineOptions {
  /** Measures the limit. Default `systemClock`. */
  clock?: Clock
  /** The caller's own: the call rejects with its reason as soon as it aborts. Default: none. */
  signal?: AbortSignal | undefined
}

/**
 * What `operation` returns, or a rejection once `limitMs` (> 0, `Infinity` for none) has passed or `options.signal`
 * aborted. Always settles, whatever the operation does; its late result or failure is dropped without a trace. The
 * operation's signal aborts at the same moment, so that it can stop.
 * @throws DeadlineError at the limit, naming `subject`. InvalidArgumentError for a bad limit.
 */
export function withDeadline<T>(
  subject: string,
  limitMs: number,
  operation: Operation<T>,
  options: DeadlineOptions = {},
): Promise<T> {
  const { clock = systemClock, signal } = options
  return new Promise<T>((resolve, reject) => {
    if (!(limitMs > 0)) throw new InvalidArgumentError('limitMs', 'a number of milliseconds > 0', limitMs)
    if (signal?.aborted) throw signal.reason
    const abandoned = new AbortController()
    const settled = new AbortController()
    const finish = (settle: () => void) => {
      settled.abort(over)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    const giveUp = (reason: unknown) => {
      if (settled.signal.aborted) return
      finish(() => reject(reason))
      abandoned.abort(reason)
    }
    const onAbort = () => giveUp(signal?.reason)
    signal?.addEventListener('abort', onAbort)
    atLimit(clock, limitMs, settled.signal, () => giveUp(new DeadlineError(subject, limitMs)))
    start(operation, abandoned.signal).then(
      value => finish(() => resolve(value)),
      error => finish(() => reject(error)),
    )
  })
}

/** A reason made once: without one each `abort()` builds an error with a stack. */
const over = 'settled'

async function start<T>(operation: Operation<T>, signal: AbortSignal): Promise<T> {
  return operation(signal)
}

/**
 * After a blocked event loop timers run before the replies that came in meanwhile are read. One more turn of the loop
 * reads those first: a stall of our own is not mistaken for a silence of the other side.
 */
function atLimit(clock: Clock, limitMs: number, settled: AbortSignal, giveUp: () => void): void {
  if (limitMs === Number.POSITIVE_INFINITY) return
  clock.sleep(limitMs, { signal: settled }).then(
    () => setImmediate(giveUp),
    () => undefined,
  )
}
