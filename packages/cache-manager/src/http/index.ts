export { cachedFetch, type Fetch } from './cached-fetch.ts'
export type { CachedFetchOptions } from './http-options.ts'
