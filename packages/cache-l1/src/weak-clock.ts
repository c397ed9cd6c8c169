import type { Clock, SleepOptions } from '@greenlang/core'

/**
 * Tells the time as `clock` does, for one owner that sleeps once at a time: a sleep does not keep the owner in memory. The
 * timer refers to this object weakly, and this object, which the owner holds, to what the sleep goes on with. If
 * the owner is collected the sleep never ends.
 */
export function weakClock(clock: Clock): Clock {
  return new WeakClock(clock)
}

class WeakClock implements Clock {
  readonly #clock: Clock
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  turn(): number {
    return this.#clock.turn()
  }

  sleep(ms: number, options?: SleepOptions): Promise<void> {
    const { promise, resolve } = settable()
    this.#wake = resolve
    wakeAfter(this.#clock.sleep(ms, options), new WeakRef(this), new WeakRef(resolve))
    return promise
  }

  /** Only for the sleep that is still the latest. */
  wake(resolve: (() => void) | undefined): void {
    if (resolve === this.#wake) resolve?.()
  }
}

/** On its own, and `wakeAfter` too: closures of one function would share what any of them refers to. */
function settable(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

/** An aborted sleep never ends: who aborted it knows. */
function wakeAfter(slept: Promise<void>, owner: WeakRef<WeakClock>, resolve: WeakRef<() => void>): void {
  slept.then(
    () => owner.deref()?.wake(resolve.deref()),
    () => {},
  )
}
