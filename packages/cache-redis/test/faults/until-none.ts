/** Asks until there is no trouble; gives the last one when time is over. */
import { systemClock } from '@greenlang/core'

export async function untilNone(ask: () => Promise<string>, withinMs: number): Promise<string> {
  const endAt = systemClock.now() + withinMs
  for (;;) {
    const trouble = await ask()
    if (trouble === '' || systemClock.now() > endAt) return trouble
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
