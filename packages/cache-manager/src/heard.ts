/**
 * Waits until the bus has said where it stands. What is loaded or set before that has a stamp that nobody can compare: other
 * processes would not believe it. A bus that is down is not waited for long; the cache then goes on without its word.
 */
import { type Clock, type InvalidationBus, noStamp } from '@greenlang/core'

/** About what a deadline of Redis is. */
const longestMs = 250

export async function heard(bus: InvalidationBus, clock: Clock): Promise<void> {
  const isHeard = () => bus.sync().known.history !== noStamp.history
  if (isHeard()) return
  const over = new AbortController()
  let unwatch: () => void = () => undefined
  // Its first history is told as one that was lost.
  const told = new Promise<void>(resolve => {
    unwatch = bus.watch(() => {
      if (isHeard()) resolve()
    })
  })
  const late = clock.sleep(longestMs, { signal: over.signal, ref: false }).catch(() => undefined)
  await Promise.race([told, late])
  unwatch()
  over.abort()
}
