/** Sleeps that may all be cut short at once, and then resolve as if their time had come. */
import type { Clock } from '@greenlang/core'

export interface Naps {
  readonly count: number
  sleep(ms: number): Promise<void>
  wakeAll(): void
}

export function createNaps(clock: Clock): Naps {
  // One controller each: a signal with thousands of listeners is slow to leave.
  const napping = new Set<AbortController>()
  return {
    get count() {
      return napping.size
    },
    async sleep(ms) {
      const nap = new AbortController()
      napping.add(nap)
      try {
        await clock.sleep(ms, { signal: nap.signal, ref: false })
      } catch {
        // Woken early.
      } finally {
        napping.delete(nap)
      }
    },
    wakeAll() {
      for (const nap of [...napping]) nap.abort()
    },
  }
}
