import { TooManyLoadsError } from './error.ts'

export interface BulkheadLimits {
  readonly atOnce: number
  readonly waiting: number
}

/** Lets some loads run at once; others wait in order, up to a bound. */
export class Bulkhead {
  readonly #limits: BulkheadLimits
  readonly #queue = new Set<() => void>()
  #running = 0
  #refused = 0

  constructor(limits: BulkheadLimits) {
    this.#limits = limits
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#queue.size
  }

  get refused(): number {
    return this.#refused
  }

  /** Resolves once there is a place. @throws TooManyLoadsError; the reason of `signal` if it aborts first. */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { atOnce, waiting } = this.#limits
    if (this.#running < atOnce) {
      this.#running += 1
      return
    }
    if (this.#queue.size >= waiting) {
      this.#refused += 1
      throw new TooManyLoadsError(this.#limits)
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#queue.delete(go)
        reject(signal.reason)
      }
      const go = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#queue.add(go)
    })
  }

  /** Hands the place on. */
  leave(): void {
    const [next] = this.#queue
    if (next === undefined) this.#running -= 1
    else {
      this.#queue.delete(next)
      next()
    }
  }
}
