import { type Clock, type Duration, parseDuration } from '@greenlang/core'
import type { Background } from './background.ts'
import type { DrainReport } from './cache-types.ts'

/** Waits for what goes on without a caller, and no longer than the deadline. */
export async function drain(background: Background, clock: Clock, deadline: Duration): Promise<DrainReport> {
  const deadlineMs = parseDuration('deadline', deadline, { minMs: 0 })
  const over = new AbortController()
  const late = clock.sleep(deadlineMs, { signal: over.signal }).catch(() => undefined)
  await Promise.race([background.idle(), late])
  over.abort()
  return { drained: background.size === 0, left: background.size }
}
