import type { TierStats } from '@greenlang/core'

/** What a fake tier counts: nothing. The history counts. */
export const noStats: TierStats = Object.freeze({
  entries: undefined,
  bytes: undefined,
  hits: 0,
  misses: 0,
  sets: 0,
  deletes: 0,
  evictions: 0,
  rejected: 0,
  failures: 0,
})
