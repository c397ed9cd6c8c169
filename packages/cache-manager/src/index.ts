export type { CacheAnalytics, TierAnalytics } from './analytics.ts'
export { createCache } from './cache.ts'
export type {
  Cache,
  InvalidateTarget,
  InvalidationResult,
  LoadContext,
  Loader,
  LoadOptions,
} from './cache-types.ts'
export type { CacheOptions, TierGuardOptions } from './options.ts'
