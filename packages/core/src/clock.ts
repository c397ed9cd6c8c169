/** Where every package reads the time and waits. Tests pass `fakeClock()` of testkit. */
export interface Clock {
  /**
   * Milliseconds since the epoch, never going back: the wall clock when the process began plus monotonic time since.
   * A jump of the wall clock neither kills an entry nor keeps it alive.
   */
  now(): number
  /** `now()` read at most once per event-loop turn: cheap, and never older than the start of the turn. */
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

class SystemClock implements Clock {
  #turn: number | undefined
  readonly #endTurn = () => {
    this.#turn = undefined
  }

  now(): number {
    return performance.timeOrigin + performance.now()
  }

  turn(): number {
    if (this.#turn === undefined) {
      this.#turn = this.now()
      // Not unref'd on purpose: an unref'd immediate lets the loop block in poll, and the reading would grow old.
      setImmediate(this.#endTurn)
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
