/** Servers of a group agree in their own time: look until they have. */
import { systemClock } from '@greenlang/core'
import { RedisGroupError } from './error.ts'

/** Between two looks. */
const lookPollMs = 50

export interface Wait {
  /** What is waited for: `the cluster is complete`. */
  readonly what: string
  readonly limitMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * What `look` finds, once it finds something; a look that fails has not found it yet.
 * @throws RedisGroupError (`timeout`), or the signal's reason.
 */
export async function untilSeen<T>(look: () => Promise<T | undefined>, wait: Wait): Promise<T> {
  const deadline = systemClock.now() + wait.limitMs
  for (;;) {
    let cause: unknown
    const found = await look().catch(error => {
      cause = error
      return undefined
    })
    wait.signal?.throwIfAborted()
    if (found !== undefined) return found
    if (systemClock.now() > deadline) {
      const message = `not seen within ${wait.limitMs} ms that ${wait.what}; look whether enough servers run`
      throw new RedisGroupError('timeout', message, { cause })
    }
    await systemClock.sleep(lookPollMs)
  }
}

/** As `untilSeen`, for a look that is true or false. */
export async function untilTrue(look: () => Promise<boolean>, wait: Wait): Promise<void> {
  await untilSeen(async () => (await look()) || undefined, wait)
}
