/**
 * Deadlines for many operations under one limit, at the price of one timer for all of them.
 *
 * As all have the same limit they are due in the order they began: a list, where who ends leaves and who is first is due
 * next. One sleep watches the first of them, a slice of time at once, and ends when nobody is left: so a line that
 * nobody uses holds no process for longer than a slice, and no timer is made or cleared for an operation that ends in time.
 * Rejected: a timer each (28 us of processor time with its signals, a third of a round trip to a near Redis), and a wheel
 * of many limits, which a guard does not have.
 */
import { type Clock, DeadlineError, isThenable } from '@greenlang/core'
import type { Operation } from './deadline.ts'

export interface DeadlineLine {
  /**
   * What `operation` returns, or DeadlineError at the limit. Always settles. A signal is made only for an operation that
   * takes one; it aborts at the limit.
   */
  run<T>(operation: Operation<T>): Promise<T>
  /** No timer outlives what runs. Operations that run still settle. */
  close(): void
}

export interface DeadlineLineOptions {
  readonly subject: string
  readonly limitMs: number
  readonly clock: Clock
}

/** One that runs, in the list of those. */
interface Runner {
  readonly due: number
  /** Tells its caller; `undefined` once that has been told. */
  giveUp: ((error: DeadlineError) => void) | undefined
  before: Runner | undefined
  after: Runner | undefined
}

const sliceMs = 50
const shortestSleepMs = 1

export function createDeadlineLine(options: DeadlineLineOptions): DeadlineLine {
  return new WatchedLine(options)
}

class WatchedLine implements DeadlineLine {
  readonly #options: DeadlineLineOptions
  #first: Runner | undefined
  #last: Runner | undefined
  #watching: AbortController | undefined
  #closed = false

  constructor(options: DeadlineLineOptions) {
    this.#options = options
  }

  run<T>(operation: Operation<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const abandoned = operation.length > 0 ? new AbortController() : undefined
      const runner = this.#enter(error => {
        reject(error)
        abandoned?.abort(error)
      })
      const result = startOrLeave(
        () => operation(abandoned?.signal ?? unused),
        () => this.#leave(runner),
      )
      if (!isThenable(result)) {
        if (this.#leave(runner)) resolve(result)
        return
      }
      result.then(
        value => {
          if (this.#leave(runner)) resolve(value)
        },
        (error: unknown) => {
          if (this.#leave(runner)) reject(error)
        },
      )
    })
  }

  close(): void {
    this.#closed = true
    if (!this.#first) this.#watching?.abort(over)
  }

  #enter(giveUp: (error: DeadlineError) => void): Runner {
    const { clock, limitMs } = this.#options
    const runner: Runner = { due: clock.now() + limitMs, giveUp, before: this.#last, after: undefined }
    if (this.#last) this.#last.after = runner
    else this.#first = runner
    this.#last = runner
    if (!this.#watching) void this.#watch()
    return runner
  }

  /** Whether its caller has not been told yet. */
  #leave(runner: Runner): boolean {
    if (runner.giveUp === undefined) return false
    runner.giveUp = undefined
    const { before, after } = runner
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    if (this.#closed && !this.#first) this.#watching?.abort(over)
    return true
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options
    const watching = new AbortController()
    this.#watching = watching
    try {
      while (this.#first) {
        const leftMs = this.#first.due - clock.now()
        const napMs = Math.min(Math.max(leftMs, shortestSleepMs), sliceMs)
        if (leftMs > 0) await clock.sleep(napMs, { signal: watching.signal })
        else await this.#endThoseDue()
      }
    } catch {
      // Closed, and nobody is left.
    } finally {
      this.#watching = undefined
    }
  }

  /**
   * After a blocked event loop timers run before the replies that came in meanwhile are read. One more turn of the loop
   * reads those first: a stall of our own is not mistaken for a silence of the other side.
   */
  async #endThoseDue(): Promise<void> {
    const { clock, subject, limitMs } = this.#options
    const now = clock.now()
    await new Promise(resolve => setImmediate(resolve))
    while (this.#first && this.#first.due <= now) {
      const { giveUp } = this.#first
      this.#leave(this.#first)
      giveUp?.(new DeadlineError(subject, limitMs))
    }
  }
}

/** What throws at once has ended. */
function startOrLeave<T>(start: () => T, leave: () => void): T {
  try {
    return start()
  } catch (error) {
    leave()
    throw error
  }
}

/** A reason made once: without one each `abort()` builds an error with a stack. */
const over = 'closed'
/** For operations that take none. */
const unused = new AbortController().signal
