/**
 * What an invalidation by keys reached. The engine passes the very list it was given on to each tier: by that its calls
 * are known again. The first one of each tier counts; those that follow send again what failed.
 */
import type { Awaitable } from '@greenlang/core'

export interface Reach {
  /** From now on the calls with this list are noted. */
  watch(keys: readonly string[]): Removal
  /** A tier was called with a list; whether it ended well. */
  note(keys: readonly string[], tier: string, done: Awaitable<boolean>): void
}

export interface Removal {
  /** Names of the tiers that were not reached, once all that were called have answered. */
  unreached(): Promise<readonly string[]>
}

export function createReach(): Reach {
  const watched = new WeakMap<readonly string[], Map<string, Awaitable<boolean>>>()
  return {
    watch(keys) {
      const calls = new Map<string, Awaitable<boolean>>()
      watched.set(keys, calls)
      return {
        async unreached() {
          watched.delete(keys)
          const answers = await Promise.all(
            [...calls].map(async ([tier, done]) => ((await done) ? [] : [tier])),
          )
          return answers.flat()
        },
      }
    },
    note(keys, tier, done) {
      const calls = watched.get(keys)
      if (calls?.has(tier) === false) calls.set(tier, done)
    },
  }
}
