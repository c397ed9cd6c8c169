/** Where every package reads the time and waits. Tests pass `fakeClock()` of testkit. */
export interface Clock {
  /**
   * Milliseconds since the epoch, never going back: the wall clock when the process began plus monotonic time since.
   * A jump of the wall clock neither kills an entry nor keeps it alive.
   */
  now(): number
  /**
   * `now()` kept while one callback of the event loop and the promises it settles run: cheap, and never older than the
   * start of that callback.
   */
  turn(): number
  /** Resolves after `ms`; rejects with `signal.reason` if that aborts first. */
  sleep(ms: number, options?: SleepOptions): Promise<void>
}

export interface SleepOptions {
  /** Ends the sleep early, by rejection. Default: none. */
  signal?: AbortSignal
  /** Whether the wait keeps the process alive. Default `true`. */
  ref?: boolean
}

/** Longest wait one timer of Node can hold, in ms; a longer one fires at once. */
const longestTimerMs = 2 ** 31 - 1

/** Read once: the getter costs several times what it gives. */
const origin = performance.timeOrigin

class SystemClock implements Clock {
  #turn: number | undefined
  readonly #endTurn = () => {
    this.#turn = undefined
  }

  now(): number {
    return origin + performance.now()
  }

  turn(): number {
    if (this.#turn === undefined) {
      this.#turn = this.now()
      // Rejected: setImmediate. A reading taken in its own phase outlives the turn, and it forces another turn.
      process.nextTick(this.#endTurn)
    }
    return this.#turn
  }

  async sleep(ms: number, options: SleepOptions = {}): Promise<void> {
    let left = ms
    for (; left > longestTimerMs; left -= longestTimerMs) await waitOnce(longestTimerMs, options)
    await waitOnce(left, options)
  }
}

function waitOnce(ms: number, { signal, ref = true }: SleepOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    if (!ref) timer.unref()
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

export const systemClock: Clock = new SystemClock()
