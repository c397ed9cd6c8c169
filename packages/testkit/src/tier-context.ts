import { createEntry, type Entry, type EntryOptions, type Tier } from '@greenlang/core'
import type { FakeClock } from './fake-clock.ts'
import type { Expect } from './runner.ts'

/** What one test of a tier has: a new tier, the clock it tells the time by, and the runner's `expect`. */
export interface TierContext {
  readonly tier: Tier
  readonly clock: FakeClock
  readonly expect: Expect
  /** How much earlier than they were stored dates may come back, in ms. */
  readonly earlyMs: number
}

const dates = ['createdAt', 'staleAt', 'expiresAt'] as const

/** `found` with the dates of what was `stored`, where its own are as early as may be and no later than that. */
export function forgive(
  { earlyMs }: TierContext,
  found: Entry | undefined,
  stored: Entry,
): Entry | undefined {
  if (found === undefined || earlyMs === 0) return found
  const close = dates.every(name => found[name] <= stored[name] && found[name] >= stored[name] - earlyMs)
  const { createdAt, staleAt, expiresAt } = stored
  return close ? { ...found, createdAt, staleAt, expiresAt } : found
}

/** An entry born now; fresh for a minute unless told otherwise. */
export function entryOf({ clock }: TierContext, value: unknown, options: EntryOptions = {}): Entry {
  return createEntry(value, { ttl: '1m', ...options }, { clock })
}

/** The value under `key`, or `undefined`. */
export async function readValue({ tier }: TierContext, key: string): Promise<unknown> {
  return (await tier.get(key))?.value
}

/** Calls each operation of `tier` that a caller can wait for, with `signal` if given. */
export function operationsOf(
  tier: Tier,
  entry: Entry,
): Record<string, (key: string, signal?: AbortSignal) => unknown> {
  return {
    get: (key, signal) => tier.get(key, signal),
    getMany: (key, signal) => tier.getMany([key], signal),
    set: (key, signal) => tier.set(key, entry, signal),
    setMany: (key, signal) => tier.setMany(new Map([[key, entry]]), signal),
    deleteMany: (key, signal) => tier.deleteMany([key], signal),
    invalidateMany: (key, signal) => tier.invalidateMany([key], signal),
    clear: (_key, signal) => tier.clear(signal),
  }
}
