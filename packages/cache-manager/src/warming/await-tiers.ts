/**
 * Waits until the tiers can be asked: at the start of a process Redis is not connected yet, and what is asked of it then counts as
 * absent. It waits no longer than it is given; a tier that is down is then done without.
 */
import { randomUUID } from 'node:crypto'
import type { CacheParts } from '../cache-parts.ts'
import { coherenceOf } from '../health.ts'

const pauseMs = 10

export async function awaitTiers(parts: CacheParts, signal: AbortSignal): Promise<void> {
  const { clock } = parts
  while (!signal.aborted && !(await answers(parts)))
    await clock.sleep(pauseMs, { signal, ref: false }).catch(() => undefined)
}

async function answers(parts: CacheParts): Promise<boolean> {
  if (coherenceOf(parts).state === 'bypassed') return false
  const nobody = [`~greenlang:warm:${randomUUID()}`]
  const asked = parts.tiers.map(async ({ probed }) => probed.getMany(nobody))
  const outcomes = await Promise.allSettled(asked)
  return outcomes.every(({ status }) => status === 'fulfilled')
}
