import { compareStamps, type Frame, type InvalidationBus, type Stamp, systemClock } from '@greenlang/core'
import type { Expect } from './runner.ts'

/** What one test of a bus has: a new bus, and the runner's `expect`. */
export interface BusContext {
  readonly bus: InvalidationBus
  readonly expect: Expect
}

/** Longest wait for a frame, in ms of real time: a bus on a network delivers in its own time. */
const patienceMs = 5_000
const pollMs = 2

/** Waits until `condition` holds, for five seconds at most; says whether it did. */
export async function eventually(condition: () => boolean): Promise<boolean> {
  const end = systemClock.now() + patienceMs
  while (!condition()) {
    if (systemClock.now() > end) return false
    await systemClock.sleep(pollMs)
  }
  return true
}

/** The frames a new subscriber hears, growing as they come. */
export function listenTo(bus: InvalidationBus): Frame[] {
  const frames: Frame[] = []
  bus.subscribe(frame => {
    frames.push(frame)
  })
  return frames
}

/** The stamp a publication was given; a failed test where there is none. */
export function stampOf({ expect }: BusContext, published: { readonly stamp?: Stamp }): Stamp {
  const { stamp } = published
  expect({ stamped: stamp !== undefined }).toEqual({ stamped: true })
  return stamp ?? { history: 'none', sequence: Number.NaN }
}

/** Whether `a` is `b` or comes after it, in the same history. */
export function atLeast(a: Stamp, b: Stamp): boolean {
  const order = compareStamps(a, b)
  return order !== undefined && order >= 0
}
