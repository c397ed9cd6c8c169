/**
 * Waits until the bus has said where it stands. What is loaded or set before that has a stamp that nobody can compare: other
 * processes would not believe it. A bus that is down is not waited for long; what is done then goes on without its word.
 */
import type { InvalidationBus } from '../bus.ts'
import type { Clock } from '../clock.ts'
import { noStamp } from '../stamp.ts'

/** `undefined`: there is nothing to wait for. */
export type FirstWord = () => Promise<void> | undefined

/** @param longestMs From now on. */
export function createFirstWord(bus: InvalidationBus, clock: Clock, longestMs: number): FirstWord {
  const isHeard = () => bus.sync().known.history !== noStamp.history
  if (longestMs === 0 || isHeard()) return () => undefined
  let isOver = false
  const over = heard(bus, clock, { isHeard, longestMs }).finally(() => {
    isOver = true
  })
  return () => (isOver ? undefined : over)
}

interface Hearing {
  readonly isHeard: () => boolean
  readonly longestMs: number
}

async function heard(bus: InvalidationBus, clock: Clock, { isHeard, longestMs }: Hearing): Promise<void> {
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
