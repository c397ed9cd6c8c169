/** How late the event loop was, and when: what a call may be late by through no fault of its own. */
import { systemClock } from '@greenlang/core'

export interface LoopLag {
  /** The longest stall that overlaps the time between, in ms. */
  between(from: number, to: number): number
  stop(): void
}

const everyMs = 10
const worthTellingMs = 5

export function measureLoopLag(): LoopLag {
  const stalls: { readonly from: number; readonly to: number }[] = []
  let due = systemClock.now() + everyMs
  const timer = setInterval(() => {
    const now = systemClock.now()
    if (now - due > worthTellingMs) stalls.push({ from: due, to: now })
    due = now + everyMs
  }, everyMs)
  timer.unref()
  return {
    between: (from, to) =>
      Math.max(
        0,
        ...stalls.filter(stall => stall.to > from && stall.from < to).map(stall => stall.to - stall.from),
      ),
    stop: () => clearInterval(timer),
  }
}
