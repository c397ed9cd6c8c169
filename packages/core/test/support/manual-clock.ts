import { setImmediate } from 'node:timers/promises'
import type { Clock, SleepOptions } from '../../src/index.ts'

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

/** Stands still until it is moved by hand; a smaller one than that of testkit, on which these contracts cannot rely. */
export class ManualClock implements Clock {
  readonly sleepers = new Set<Sleeper>()
  #now: number

  constructor(now = 1_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  turn(): number {
    return this.#now
  }

  sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const sleeper = { due: this.#now + ms, wake: resolve }
      this.sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        this.sleepers.delete(sleeper)
        reject(signal.reason)
      })
    })
  }

  /** Wakes who is due on the way, in order; what they go on to do has run before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await setImmediate()
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.sleepers.delete(next)
      this.#now = next.due
      next.wake()
      await setImmediate()
    }
    this.#now = end
  }

  #next(end: number): Sleeper | undefined {
    const due = [...this.sleepers].filter(sleeper => sleeper.due <= end)
    return due.sort((a, b) => a.due - b.due)[0]
  }
}
