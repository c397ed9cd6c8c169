import type { Clock } from '@greenlang/core'

/** What may end a piece of work before it ends itself. */
export interface LifeOptions {
  readonly signals: readonly AbortSignal[]
  readonly clock: Clock
  readonly longestMs: number
  /** What it is ended with once its time is over. */
  late(): unknown
}

export interface Life {
  /** Aborts when it is over. */
  readonly signal: AbortSignal
  /** Lets go of the clock and of the signals. */
  end(): void
}

export function beginLife({ signals, clock, longestMs, late }: LifeOptions): Life {
  const life = new AbortController()
  const ended = new AbortController()
  const until = { signal: ended.signal }
  for (const signal of signals) {
    if (signal.aborted) life.abort(signal.reason)
    else signal.addEventListener('abort', () => life.abort(signal.reason), { ...until, once: true })
  }
  // After a stall timers come first: what has arrived meanwhile comes before them.
  const expire = () => setImmediate(() => ended.signal.aborted || life.abort(late()))
  if (Number.isFinite(longestMs))
    clock.sleep(longestMs, { ...until, ref: false }).then(expire, () => undefined)
  return { signal: life.signal, end: () => ended.abort() }
}

/**
 * What the work comes to, or the reason of the signal once that aborts: work that ignores it holds nobody up, and what it
 * comes to afterwards is nobody's.
 */
export function orAborted<R>(signal: AbortSignal, work: () => R | PromiseLike<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    const done = () => signal.removeEventListener('abort', leave)
    call(work).finally(done).then(resolve, reject)
  })
}

/** What is thrown at once is a rejection like any. */
async function call<R>(work: () => R | PromiseLike<R>): Promise<R> {
  return work()
}
