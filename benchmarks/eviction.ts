/** The memory tier by the name of its eviction, in one place for all benchmarks. */
import {
  type Eviction,
  evictionPolicies,
  type MemoryTier,
  type MemoryTierOptions,
  memoryTier,
} from '@greenlang/cache-l1'

/** The eviction it has where none is named. */
export const defaultEviction = 'default'

/** Every name that `tierWith` takes. */
export const evictions: readonly string[] = [defaultEviction, ...evictionPolicies]

export function tierWith<T>(name: string, options: MemoryTierOptions<T>): MemoryTier<T> {
  const eviction = evictionPolicies.find((policy: Eviction) => policy === name)
  return memoryTier<T>(eviction === undefined ? options : { ...options, eviction })
}
