import type { KeySpace } from './key-space.ts'
import type { MemoryCore } from './memory-core.ts'
import type { MemoryTierStats } from './memory-tier.ts'

/** What was counted in `spaces`, beside what the whole tier shares. */
export function statsOf<T>(core: MemoryCore<T>, spaces: readonly KeySpace[]): MemoryTierStats {
  const sum = (countOf: (space: KeySpace) => number) =>
    spaces.reduce((total, space) => total + countOf(space), 0)
  const { store, settings } = core
  return {
    entries: sum(space => space.slots.size),
    bytes: store.bytes === undefined ? undefined : sum(space => space.bytes),
    maxEntries: store.maxEntries,
    maxBytes: store.maxBytes,
    hits: sum(space => space.hits),
    misses: sum(space => space.misses),
    sets: sum(space => space.sets),
    deletes: sum(space => space.deletes),
    evictions: sum(space => space.evictions),
    expirations: sum(space => space.expirations),
    refusals: sum(space => space.refusals),
    rejected: 0,
    failures: 0,
    latency: settings.latency.snapshot(),
  }
}
