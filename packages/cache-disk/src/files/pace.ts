/**
 * Whether the disk is quick enough to be asked at once.
 *
 * A read from the page cache takes some 10 us done at once and 200 us by the thread pool, so small files are read and
 * written at once: but only in a turn of the event loop that has time left, else in the next one, in order; and not for
 * `slowForMs` after some took longer than `slowMs`, for then the disk is asked, and that is for the thread pool. One
 * alone says little: on a busy machine a process waits for its processor as long.
 */
import type { Clock } from '@greenlang/core'
import type { Turn } from './turn.ts'

const slowMs = 2
const slowForMs = 10_000
/** So many slow ones make a slow disk; each that was quick takes a part of one back. */
const slowOnes = 3
const takenBack = 0.1

export class Pace {
  readonly #clock: Clock
  readonly #turn: Turn
  #slow = 0
  #slowUntil = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, turn: Turn) {
    this.#clock = clock
    this.#turn = turn
  }

  /** Whether files are worked on at once; else by the thread pool. */
  get fast(): boolean {
    return this.#slowUntil === Number.NEGATIVE_INFINITY || this.#clock.turn() >= this.#slowUntil
  }

  /** Whether this turn has time left. */
  get hasTime(): boolean {
    return this.#turn.hasTime
  }

  /** Resolves in a turn that has time left, in the order of the calls. */
  turn(): Promise<void> {
    return this.#turn.next()
  }

  /** Does it now, and counts how long it takes. */
  run<R>(action: () => R): R {
    const began = this.#clock.now()
    try {
      return action()
    } finally {
      const ms = this.#clock.now() - began
      this.#turn.spend(began, ms)
      this.#watch(ms)
    }
  }

  #watch(ms: number): void {
    this.#slow = ms > slowMs ? this.#slow + 1 : Math.max(0, this.#slow - takenBack)
    if (this.#slow < slowOnes) return
    this.#slow = 0
    this.#slowUntil = this.#clock.now() + slowForMs
  }
}

/** The next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
