/**
 * How much of a turn of the event loop the disk may take.
 *
 * A read from the page cache takes some 10 us done at once and 200 us by the thread pool, so small files are read and
 * written at once: but for no longer than `turnMs` in one turn, after which callers wait for the next one, in order; and
 * not for `slowForMs` after some took longer than `slowMs`, for then the disk is asked, and that is for the thread pool.
 * One alone says little: on a busy machine a process waits for its processor as long.
 */
import type { Clock } from '@greenlang/core'

const turnMs = 1
const earnedShare = 0.5
const slowMs = 2
const slowForMs = 10_000
/** So many slow ones make a slow disk; each that was quick takes a part of one back. */
const slowOnes = 3
const takenBack = 0.1

export class Pace {
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #leftMs = turnMs
  #leftAt = Number.NEGATIVE_INFINITY
  #renewing = false
  #slow = 0
  #slowUntil = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether files are worked on at once; else by the thread pool. */
  get fast(): boolean {
    return this.#slowUntil === Number.NEGATIVE_INFINITY || this.#clock.turn() >= this.#slowUntil
  }

  /** Whether this turn has time left. */
  get hasTime(): boolean {
    if (this.#waiting.length > 0) return false
    if (this.#leftMs <= 0) this.#earn(this.#clock.now())
    return this.#leftMs > 0
  }

  /** Resolves in a turn that has time left, in the order of the calls. */
  turn(): Promise<void> {
    this.#renewLater()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** Does it now, and counts how long it takes. */
  run<R>(action: () => R): R {
    const began = this.#clock.now()
    this.#earn(began)
    try {
      return action()
    } finally {
      this.#spend(this.#clock.now() - began)
    }
  }

  /** Time that went by otherwise is as good as a turn: to be told of each would cost as much as a small read does. */
  #earn(now: number): void {
    this.#leftMs = Math.min(turnMs, this.#leftMs + Math.max(0, now - this.#leftAt) * earnedShare)
    this.#leftAt = now
  }

  #spend(ms: number): void {
    this.#leftMs -= ms
    this.#leftAt += ms
    this.#slow = ms > slowMs ? this.#slow + 1 : Math.max(0, this.#slow - takenBack)
    if (this.#slow >= slowOnes) {
      this.#slow = 0
      this.#slowUntil = this.#clock.now() + slowForMs
    }
  }

  #renewLater(): void {
    if (this.#renewing) return
    this.#renewing = true
    setImmediate(() => {
      this.#renewing = false
      this.#leftMs = turnMs
      void this.#wake()
    })
  }

  async #wake(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (this.#leftMs <= 0) return this.#renewLater()
      this.#waiting.shift()?.()
      // What was woken runs before the next one is.
      await undefined
      await undefined
    }
  }
}

/** The next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
