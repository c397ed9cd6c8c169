import type { Clock } from '@greenlang/core'

interface Failure {
  readonly error: unknown
  readonly until: number
}

/** Past it the oldest is forgotten: its key is loaded a moment earlier than it need be. */
const mostKeys = 10_000

/** Loads that failed a moment ago, and how. What stands in for them does so without another try until then. */
export class Throttle {
  readonly #clock: Clock
  readonly #failures = new Map<string, Failure>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  failed(key: string, error: unknown, forMs: number): void {
    if (forMs === 0) return
    this.#failures.delete(key)
    this.#failures.set(key, { error, until: this.#clock.now() + forMs })
    if (this.#failures.size <= mostKeys) return
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest)
      return
    }
  }

  /** The failure that still counts. */
  current(key: string): Failure | undefined {
    const failure = this.#failures.get(key)
    if (failure === undefined || this.#clock.turn() < failure.until) return failure
    this.#failures.delete(key)
    return undefined
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }
}
