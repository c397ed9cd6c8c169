import { ClosedError } from '@greenlang/core'

/** Frees those who wait for a load as the cache closes. */
export interface Closing {
  /** Aborts with a `ClosedError` as it closes. */
  readonly signal: AbortSignal
  /** What `work` comes to, or a `ClosedError` once the cache closes. */
  orClosed<T>(work: PromiseLike<T>): Promise<T>
  close(): void
}

/** @param subject How errors name the cache. */
export function createClosing(subject: string): Closing {
  return new RejectingClosing(subject)
}

/** A set of its own, and no race against one promise: that would keep each loser for as long as the cache lives. */
class RejectingClosing implements Closing {
  readonly #subject: string
  readonly #abort = new AbortController()
  readonly #waiting = new Set<(error: unknown) => void>()

  constructor(subject: string) {
    this.#subject = subject
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  orClosed<T>(work: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason)
      this.#waiting.add(reject)
      work.then(
        value => {
          this.#waiting.delete(reject)
          resolve(value)
        },
        error => {
          this.#waiting.delete(reject)
          reject(error)
        },
      )
    })
  }

  close(): void {
    const error = new ClosedError(this.#subject)
    for (const reject of this.#waiting) reject(error)
    this.#waiting.clear()
    this.#abort.abort(error)
  }
}
