/**
 * The one timer of a tier: it sleeps until something is due, does it, and sleeps on; with nothing due there is no
 * timer. It never keeps the process alive.
 */
import type { Clock } from '@greenlang/core'

export class Housekeeper {
  readonly #clock: Clock
  readonly #work: (now: number) => number
  #wakesAt = Number.POSITIVE_INFINITY
  #sleep: AbortController | undefined
  #closed = false

  /** @param work Does what is due at `now`, and says when the next thing will be, in ms since the epoch. */
  constructor(clock: Clock, work: (now: number) => number) {
    this.#clock = clock
    this.#work = work
  }

  /** Something is due at `at`. */
  wakeBy(at: number): void {
    if (this.#closed || at >= this.#wakesAt) return
    this.#sleep?.abort()
    this.#wakesAt = at
    this.#sleep = new AbortController()
    void this.#sleepUntil(at, this.#sleep.signal)
  }

  close(): void {
    this.#closed = true
    this.#sleep?.abort()
    this.#sleep = undefined
    this.#wakesAt = Number.POSITIVE_INFINITY
  }

  async #sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(Math.max(0, at - this.#clock.now()), { signal, ref: false })
    } catch {
      return
    }
    if (signal.aborted) return
    this.#sleep = undefined
    this.#wakesAt = Number.POSITIVE_INFINITY
    this.wakeBy(this.#work(this.#clock.now()))
  }
}
