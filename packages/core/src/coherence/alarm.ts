/**
 * Rings at times, over one sleep: thousands of callers may wait for one key, each with a time of its own, and a timer for each
 * would cost more than the rest of its wait.
 *
 * Callers give the same limit as a rule, so that their times come in order: those are a queue. Others have a queue for each limit.
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

/** One time of one caller. */
export interface Bell {
  readonly at: number
  /** Cleared by `cancel`, and once it has rung. */
  ring: (() => void) | undefined
}

/** Bells in the order of their times, and how many of them have rung. */
interface Queue {
  readonly bells: Bell[]
  rung: number
}

export class Alarm {
  readonly #clock: Clock
  readonly #queues = new Map<number, Queue>()
  #sleep: AbortController | undefined
  #next = Number.POSITIVE_INFINITY
  /** Bells that may ring yet. */
  #open = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Rings `limitMs` after `from`, by the clock; at once where that is past. */
  after(from: number, limitMs: number, ring: () => void): Bell {
    const bell: Bell = { at: from + limitMs, ring }
    this.#open += 1
    const queue = this.#queues.get(limitMs) ?? { bells: [], rung: 0 }
    this.#queues.set(limitMs, queue)
    const last = queue.bells.at(-1)
    // Clocks may be set back.
    if (last && bell.at < last.at) queue.bells.splice(placeOf(queue, bell.at), 0, bell)
    else queue.bells.push(bell)
    if (bell.at < this.#next) this.#restart()
    return bell
  }

  /** Its caller does not wait any more. The process is kept alive for those only who do. */
  cancel(bell: Bell): void {
    if (bell.ring === undefined) return
    bell.ring = undefined
    this.#open -= 1
    if (this.#open === 0) this.#rest()
  }

  #rest(): void {
    this.#queues.clear()
    this.#next = Number.POSITIVE_INFINITY
    this.#sleep?.abort()
  }

  #restart(): void {
    this.#sleep?.abort()
    const sleep = new AbortController()
    this.#sleep = sleep
    void this.#run(sleep.signal)
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#next = this.#earliest()
      if (this.#next === Number.POSITIVE_INFINITY) return
      const leftMs = this.#next - this.#clock.now()
      if (leftMs > 0 && !(await this.#slept(leftMs, signal))) return
      this.#ring()
    }
  }

  /** Whether it did to the end. */
  async #slept(ms: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#clock.sleep(ms, { signal })
    } catch {
      return false
    }
    // After a stall timers come first: what has arrived meanwhile comes before them.
    await setImmediate()
    return !signal.aborted
  }

  #earliest(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const { bells, rung } of this.#queues.values())
      earliest = Math.min(earliest, bells[rung]?.at ?? Number.POSITIVE_INFINITY)
    return earliest
  }

  #ring(): void {
    const now = this.#clock.now()
    for (const queue of this.#queues.values()) {
      for (let bell = queue.bells[queue.rung]; bell && bell.at <= now; bell = queue.bells[queue.rung]) {
        queue.rung += 1
        const { ring } = bell
        this.cancel(bell)
        ring?.()
      }
      forgetRung(queue)
    }
  }
}

/** A load may hang for days while callers come and give up. */
function forgetRung(queue: Queue): void {
  if (queue.rung < queue.bells.length / 2) return
  queue.bells.splice(0, queue.rung)
  queue.rung = 0
}

function placeOf({ bells, rung }: Queue, at: number): number {
  let place = bells.length
  while (place > rung && (bells[place - 1] as Bell).at > at) place -= 1
  return place
}
