import { ClosedError } from '../error.ts'

/** Frees those who only wait as the engine closes: what they wait for may take long, or never come. */
export interface Waits {
  /** What `work` comes to, or a `ClosedError` once the engine closes. */
  orClosed<T>(work: PromiseLike<T>): Promise<T>
}

export function createWaits(closing: AbortSignal): Waits {
  return new FreedWaits(closing)
}

/** A set of its own: listeners of a signal are found one by one as they leave. */
class FreedWaits implements Waits {
  readonly #closing: AbortSignal
  readonly #waiting = new Set<(error: unknown) => void>()

  constructor(closing: AbortSignal) {
    this.#closing = closing
    closing.addEventListener('abort', () => {
      for (const reject of this.#waiting) reject(closed())
      this.#waiting.clear()
    })
  }

  orClosed<T>(work: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closing.aborted) reject(closed())
      else this.#waiting.add(reject)
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
}

const closed = () => new ClosedError('the cache')
