export { type Cached, cached, cacheOf } from './cached.ts'
export type { CachedMethod } from './cached-decorator.ts'
export type {
  AnyFunction,
  CachedOptions,
  CallCache,
  CallKeyOptions,
  CallStats,
  InstanceCalls,
} from './cached-options.ts'
export { type Eviction, evictionPolicies } from './eviction.ts'
export { type MemoryTier, type MemoryTierStats, memoryTier } from './memory-tier.ts'
export type { ByteBound, EntryBound, MemoryTierOptions, MemoryTierSettings } from './options.ts'
export type { PressureOptions } from './pressure.ts'
export type { RemovalListener, RemovalReason } from './removals.ts'
export { dropShared, shared } from './shared.ts'
export { SharedMismatchError } from './shared-error.ts'
export { sizeOf } from './size-of.ts'
export type { MemorySnapshot } from './snapshot.ts'
