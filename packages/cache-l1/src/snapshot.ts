import { type Entry, InvalidArgumentError } from '@greenlang/core'
import type { MemoryTier } from './memory-tier.ts'
import { countsTo } from './policy.ts'

/** What a tier held: plain data, for `v8.serialize` or a codec of the family to carry. */
export interface MemorySnapshot<T = unknown> {
  readonly version: 1
  /** The most used last. */
  readonly entries: readonly (readonly [key: string, entry: Entry<T>])[]
  readonly namespaces: readonly (readonly [name: string, snapshot: MemorySnapshot<T>])[]
}

/** @param usesOf What the policy has counted for a key. */
export function snapshotOf<T>(
  entries: Iterable<[string, Entry<T>]>,
  usesOf: (key: string) => number,
  namespaces: ReadonlyMap<string, MemoryTier<T>>,
): MemorySnapshot<T> {
  const byUses: [string, Entry<T>][][] = Array.from({ length: countsTo + 1 }, () => [])
  for (const pair of entries) byUses[Math.min(usesOf(pair[0]), countsTo)]?.push(pair)
  const inner = [...namespaces].map(([name, namespace]) => [name, namespace.snapshot()] as const)
  return { version: 1, entries: byUses.flat(), namespaces: inner }
}

/** How many entries were set. @throws InvalidArgumentError for what is no snapshot of this version. */
export function restoreInto<T>(tier: MemoryTier<T>, snapshot: MemorySnapshot<T>, now: number): number {
  if (snapshot?.version !== 1 || !Array.isArray(snapshot.entries) || !Array.isArray(snapshot.namespaces))
    throw new InvalidArgumentError('snapshot', 'a snapshot of version 1, as snapshot() makes', snapshot)
  let restored = 0
  for (const [key, entry] of snapshot.entries) {
    if (!(entry.expiresAt > now) || tier.has(key)) continue
    const { checkedAt: _, ...rest } = entry
    tier.set(key, rest)
    restored += 1
  }
  for (const [name, inner] of snapshot.namespaces) restored += restoreInto(tier.namespace(name), inner, now)
  return restored
}
