import { type Entry, InvalidArgumentError } from '@greenlang/core'
import type { MemoryTier } from './memory-tier.ts'

/** What a tier held: plain data, for `v8.serialize` or a codec of the family to carry. */
export interface MemorySnapshot<T = unknown> {
  readonly version: 1
  /** In the order in which they would go, the most worth keeping last. */
  readonly entries: readonly (readonly [key: string, entry: Entry<T>])[]
  readonly namespaces: readonly (readonly [name: string, snapshot: MemorySnapshot<T>])[]
}

/** @param rankOf What the policy thinks of a key: the higher, the more it is worth keeping. */
export function snapshotOf<T>(
  entries: Iterable<[string, Entry<T>]>,
  rankOf: (key: string) => number,
  namespaces: ReadonlyMap<string, MemoryTier<T>>,
): MemorySnapshot<T> {
  const ranked = Array.from(entries, pair => ({ pair, rank: rankOf(pair[0]) }))
  ranked.sort((a, b) => a.rank - b.rank)
  const inner = [...namespaces].map(([name, namespace]) => [name, namespace.snapshot()] as const)
  return { version: 1, entries: ranked.map(({ pair }) => pair), namespaces: inner }
}

/** How many entries were set. @throws InvalidArgumentError for what is no snapshot of this version; then none is. */
export function restoreInto<T>(tier: MemoryTier<T>, snapshot: MemorySnapshot<T>, now: number): number {
  checkSnapshot(snapshot)
  let restored = 0
  for (const [name, inner] of snapshot.namespaces) restored += restoreInto(tier.namespace(name), inner, now)
  const missing = snapshot.entries.filter(([key, { expiresAt }]) => expiresAt > now && !tier.has(key))
  const { entries, maxEntries } = tier.stats()
  // No more than there is room for, of those most worth keeping: what comes first would make room for them.
  for (const [key, entry] of missing.slice(-Math.max(1, maxEntries - entries))) {
    const { checkedAt: _, ...rest } = entry
    tier.set(key, rest)
    if (tier.has(key)) restored += 1
  }
  return restored
}

function checkSnapshot(snapshot: MemorySnapshot): void {
  const { version, entries, namespaces } = (snapshot ?? {}) as Partial<MemorySnapshot>
  const sound =
    version === 1 &&
    Array.isArray(entries) &&
    Array.isArray(namespaces) &&
    entries.every(pair => typeof pair?.[0] === 'string' && typeof pair[1]?.expiresAt === 'number') &&
    namespaces.every(pair => typeof pair?.[0] === 'string')
  if (!sound)
    throw new InvalidArgumentError('snapshot', 'a snapshot of version 1, as snapshot() makes', snapshot)
  for (const [, inner] of namespaces) checkSnapshot(inner)
}
