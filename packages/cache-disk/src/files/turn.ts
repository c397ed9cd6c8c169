/**
 * The time that the disk may take of a turn of the event loop, together with what its callers do in between: they go on
 * in the same turn, so that a turn could last for as long as somebody has something to ask.
 *
 * When a turn ends is told by an immediate, which costs as much as a small read does. So it is asked for only once a
 * part of the time is spent; until then a later turn passes for the same one, and at worst somebody waits for the next.
 */
import type { Clock } from '@greenlang/core'

const turnMs = 1
const askAfterMs = 0.25

export class Turn {
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #beganAt: number | undefined
  #spentMs = 0
  #asked = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get hasTime(): boolean {
    return this.#waiting.length === 0 && this.#isYoung()
  }

  /** Resolves in a turn that has time left, in the order of the calls. */
  next(): Promise<void> {
    this.#ask()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  spend(beganAt: number, ms: number): void {
    this.#beganAt ??= beganAt
    this.#spentMs += ms
    if (this.#spentMs >= askAfterMs) this.#ask()
  }

  #isYoung(): boolean {
    return this.#beganAt === undefined || this.#clock.now() - this.#beganAt < turnMs
  }

  #ask(): void {
    if (this.#asked) return
    this.#asked = true
    setImmediate(() => {
      this.#asked = false
      this.#beganAt = undefined
      this.#spentMs = 0
      void this.#wake()
    })
  }

  async #wake(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (!this.#isYoung()) return this.#ask()
      this.#waiting.shift()?.()
      // What was woken runs before the next one is.
      await undefined
      await undefined
    }
  }
}
