/**
 * Versions of what this process has put into a tier that keeps none, for the life of their values: of two writes the higher stays. Of
 * a key that was removed or is forgotten the last write stays.
 */
import type { Entry } from '@greenlang/core'

export interface SoloVersions {
  /** Whether no higher version is there. A write without a version has no order, and is let in. */
  admits(key: string, entry: Dates, version: number | undefined): boolean
  /** It is there from now on. */
  put(key: string, entry: Dates, version: number | undefined): void
  drop(keys: readonly string[]): void
  clear(): void
}

type Dates = Pick<Entry, 'createdAt' | 'expiresAt'>

/** @param most How many keys are remembered; past it those put long ago are forgotten. */
export function createSoloVersions(most: number): SoloVersions {
  const known = new Map<string, { readonly version: number; readonly until: number }>()
  return {
    admits(key, { createdAt }, version) {
      const there = known.get(key)
      return (
        version === undefined || there === undefined || createdAt >= there.until || there.version <= version
      )
    },
    put(key, { expiresAt }, version) {
      known.delete(key)
      if (version === undefined) return
      known.set(key, { version, until: expiresAt })
      for (const oldest of known.keys()) {
        if (known.size <= most) return
        known.delete(oldest)
      }
    },
    drop(keys) {
      for (const key of keys) known.delete(key)
    },
    clear() {
      known.clear()
    },
  }
}
