/**
 * Calls for one key take effect in the order they were made. Redis keeps the order of what it is sent, so only what has
 * to wait before it can be sent (for compression, or the time of the server) could be overtaken: whoever comes later for
 * the same key waits for it. Where nobody waits, this costs one look at the size of a map.
 */
import type { Awaitable } from '@greenlang/core'
import { RedisUnavailableError } from '../error.ts'

/** Keys that wait at once; more are refused. */
const mostWaiting = 10_000

export class KeyOrder {
  readonly #subject: string
  readonly #flush: () => void
  /** By key, the last call that waits: it ends once that was sent. */
  readonly #last = new Map<string, Promise<unknown>>()

  /** @param flush Sends what is still being gathered: whoever waited comes after it. */
  constructor(subject: string, flush: () => void) {
    this.#subject = subject
    this.#flush = flush
  }

  get idle(): boolean {
    return this.#last.size === 0
  }

  /** Whether an earlier call for `key` waits. */
  hasWaiting(key: string): boolean {
    return this.#last.size > 0 && this.#last.has(key)
  }

  /** Calls `send` with what was `prepared`, at once if it is there and no earlier call for these keys waits. */
  run<P, R>(keys: readonly string[], prepared: Awaitable<P>, send: (prepared: P) => Promise<R>): Promise<R> {
    const earlier = this.#earlier(keys)
    if (earlier.length === 0 && !isPromise(prepared)) return send(prepared)
    if (this.#last.size + keys.length > mostWaiting) return this.#refuse(prepared)
    let outcome: Promise<R> | undefined
    const turn = Promise.all([prepared, ...earlier]).then(([ready]) => {
      this.#flush()
      outcome = send(ready as P)
      // Heard by who called; here it would be heard twice.
      outcome.catch(ignore)
    })
    this.#remember(keys, turn.catch(ignore))
    return turn.then(() => outcome as Promise<R>)
  }

  #earlier(keys: readonly string[]): Promise<unknown>[] {
    if (this.idle) return []
    return keys.flatMap(key => this.#last.get(key) ?? [])
  }

  #remember(keys: readonly string[], sent: Promise<unknown>): void {
    for (const key of keys) this.#last.set(key, sent)
    void sent.then(() => {
      for (const key of keys) if (this.#last.get(key) === sent) this.#last.delete(key)
    })
  }

  #refuse<P>(prepared: Awaitable<P>): Promise<never> {
    if (isPromise(prepared)) prepared.then(ignore, ignore)
    return Promise.reject(new RedisUnavailableError(this.#subject, 'QUEUE_FULL'))
  }
}

export function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function'
}

function ignore(): void {}
