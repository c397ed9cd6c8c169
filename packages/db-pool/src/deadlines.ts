import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@greenlang/core'

/** Many waits with one limit, watched by one timer. */
export interface Deadlines {
  /** Calls `onExpired` once, `limitMs` from now, unless cancelled first. */
  add(onExpired: () => void): Deadline
  /** No deadline expires any more, and no timer is left. */
  close(): void
}

export interface Deadline {
  cancel(): void
}

/**
 * As every wait has the same limit, they end in the order they began: a timer for the oldest is enough.
 *
 * After a blocked event loop timers run before the replies that came in meanwhile are read. So a wait expires one turn of
 * the loop later: a stall of our own is not mistaken for a silence of the server.
 */
export function createDeadlines(clock: Clock, limitMs: number): Deadlines {
  return Number.isFinite(limitMs) ? new FifoDeadlines(clock, limitMs) : never
}

const never: Deadlines = { add: () => ({ cancel() {} }), close() {} }

interface Wait {
  readonly at: number
  readonly expire: () => void
}

class FifoDeadlines implements Deadlines {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #waits = new Set<Wait>()
  readonly #stop = new AbortController()
  #watching = false

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock
    this.#limitMs = limitMs
  }

  add(onExpired: () => void): Deadline {
    const wait: Wait = { at: this.#clock.now() + this.#limitMs, expire: onExpired }
    this.#waits.add(wait)
    if (!this.#watching) void this.#watch()
    return { cancel: () => this.#waits.delete(wait) }
  }

  close(): void {
    this.#stop.abort()
    this.#waits.clear()
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop
    this.#watching = true
    for (const wait of this.#waits) {
      while (this.#waits.has(wait) && this.#clock.now() < wait.at) {
        await this.#clock.sleep(wait.at - this.#clock.now(), { signal, ref: false }).catch(() => {})
        if (signal.aborted) return
      }
      if (this.#waits.has(wait)) await nextTurn()
      if (this.#waits.delete(wait)) wait.expire()
    }
    this.#watching = false
  }
}
