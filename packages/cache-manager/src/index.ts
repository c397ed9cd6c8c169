export type { CacheAnalytics, TierAnalytics } from './analytics.ts'
export { createCache } from './cache.ts'
export type {
  Cache,
  InvalidateTarget,
  InvalidationResult,
  LoadContext,
  Loader,
  LoadOptions,
  LoadTimeouts,
} from './cache-types.ts'
export { LoadFailedError, TooManyLoadsError } from './error.ts'
export type { CacheOptions, LoadLimits, TierGuardOptions } from './options.ts'
