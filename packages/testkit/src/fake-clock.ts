import { setImmediate } from 'node:timers/promises'
import { type Clock, type Duration, parseDuration, type SleepOptions } from '@greenlang/core'

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /**
   * Moves on by `by` (>= 0). Each sleeper on the way wakes at its own due time, in order, and what it goes on to do
   * without real I/O has run before the next one wakes.
   */
  advance(by: Duration): Promise<void>
  /** How many sleeps have not ended. */
  readonly waiting: number
}

/** Not a whole number, as real readings are not: code that drops the fraction of a date is found out. */
const defaultStart = Date.UTC(2030, 0, 1) + 0.125

/** @param start Its first reading, in ms since the epoch. Default 2030-01-01 and an eighth of a millisecond. */
export function fakeClock(start: number = defaultStart): FakeClock {
  return new StandingClock(start)
}

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

class StandingClock implements FakeClock {
  #now: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(start: number) {
    this.#now = start
  }

  get waiting(): number {
    return this.#sleepers.size
  }

  now(): number {
    return this.#now
  }

  turn(): number {
    return this.#now
  }

  async sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    if (!(ms > 0)) return await setImmediate()
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        end()
        reject(signal?.reason)
      }
      const wake = () => {
        end()
        resolve()
      }
      const sleeper = { due: this.#now + ms, wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', onAbort)
    })
  }

  async advance(by: Duration): Promise<void> {
    const end = this.#now + parseDuration('by', by, { minMs: 0, maxMs: Number.MAX_SAFE_INTEGER })
    // A turn of the event loop lets every chain of promises run out, so that its next sleep is known.
    await setImmediate()
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.due)
      next.wake()
      await setImmediate()
    }
    this.#now = Math.max(this.#now, end)
  }

  /** The sleeper due first, by `end`; of several due at once the one that went to sleep first. */
  #next(end: number): Sleeper | undefined {
    let first: Sleeper | undefined
    for (const sleeper of this.#sleepers)
      if (sleeper.due <= end && (first === undefined || sleeper.due < first.due)) first = sleeper
    return first
  }
}
