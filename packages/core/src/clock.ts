/** Where every package reads the time and waits. Tests pass `fakeClock()` of testkit. */
export interface Clock {
  /**
   * Milliseconds since the epoch, never going back: the wall clock when the process began plus monotonic time since.
   * A jump of the wall clock neither kills an entry nor keeps it alive.
   */
  now(): number
  /**
   * `now()`, or a reading kept for the rest of a turn of the event loop, which is one callback with the ticks and promises
   * that it leads to: cheap, never older than the start of that turn, and never going back.
   */
  turn(): number
  /**
   * Where `turn()` keeps its reading, for loops that cannot afford the call: `at` is the reading, `Infinity` while none is
   * kept. So what is later than `at` is later than the time as well; of anything else, `turn()` has to be asked. Default: nothing is ever kept.
   */
  readonly kept?: { readonly at: number }
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

/** Readings less than this apart, in ms, are taken to be of one run. */
const closeMs = 0.0005
/** Readings in a run after which the next run is foreseen to be worth a kept reading. */
const fairRun = 6
/** Readings in a run before one is kept that was not foreseen. */
const leastPatience = 16
const mostPatience = 4096
/** Readings less than this apart, in ms, are a stream, over promises too. */
const streamMs = 0.01
/** Readings in a stream before one is kept until no promise is left to run. */
const longStream = 64
/** One run in so many is counted again. */
const lookAgain = 64

/** Read once: the getter costs several times what it gives. */
const origin = performance.timeOrigin

/**
 * Reading the time costs about as much as finding a string in a `Map` (60 ns where this was measured); keeping a reading
 * until the callback ends costs four times that, for the end has to be heard of. So a reading is kept where it will be
 * used again, which is foreseen from the readings before. A *run* is readings that come close upon each other. One that is
 * `patience` long has its next reading kept, and one that follows a run of `fairRun` its first; now and then it is not, to
 * see whether runs are still that long. If the next reading after a kept one comes close upon it, its callback had ended:
 * keeping was for nothing, and it takes a longer run to try again. A wrong guess costs time, never a wrong date.
 *
 * The end is heard of by a microtask: what a callback does at once shares a reading, what it awaits has its own. Rejected:
 * `process.nextTick` (twice the cost; it runs once no promise is left to run, and is what ends a reading kept for a *stream*: readings
 * close upon each other, each awaited, as of a loop over hits), and a timer that renews a reading each ms, as other caches do: it makes a turn that
 * follows a long one read a time that has passed.
 */
class SystemClock implements Clock {
  readonly kept = { at: Number.POSITIVE_INFINITY }
  #latest = 0
  #latestWasKept = false
  #run = 0
  #runBefore = 0
  #foreseen = 0
  #patience = leastPatience
  #stream = 0
  readonly #ended = Promise.resolve()
  readonly #forget = () => {
    this.kept.at = Number.POSITIVE_INFINITY
  }

  now(): number {
    return origin + performance.now()
  }

  turn(): number {
    const { at } = this.kept
    return at < Number.POSITIVE_INFINITY ? at : this.#read()
  }

  #read(): number {
    const now = this.now()
    const sinceLatest = now - this.#latest
    if (sinceLatest < closeMs) this.#goOn()
    else this.#startRun()
    this.#latest = now
    this.#stream = sinceLatest < streamMs ? this.#stream + 1 : 0
    if (this.#stream >= longStream) return this.#keepForStream(now)
    this.#latestWasKept = this.#run >= this.#patience
    if (this.#latestWasKept) {
      this.kept.at = now
      this.#ended.then(this.#forget)
    }
    return now
  }

  /** It takes so many readings again before the next one is kept. */
  #keepForStream(now: number): number {
    this.#stream = 0
    this.#latestWasKept = false
    this.kept.at = now
    process.nextTick(this.#forget)
    return now
  }

  #goOn(): void {
    this.#run += 1
    if (!this.#latestWasKept) return
    this.#patience = Math.min(this.#patience * 2, mostPatience)
    this.#run = 1
  }

  #startRun(): void {
    if (this.#latestWasKept) this.#patience = Math.max(leastPatience, this.#patience / 2)
    this.#runBefore = this.#run
    this.#run = 1
    if (this.#runBefore < fairRun || this.#patience > leastPatience) return
    this.#foreseen += 1
    // As long as the one before, so that the next one is foreseen as well.
    if (this.#foreseen % lookAgain !== 0) this.#run = Math.max(this.#runBefore, leastPatience)
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
