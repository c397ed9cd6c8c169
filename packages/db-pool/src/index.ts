export { AcquireTimeoutError, type PoolLoad, QueryTimeoutError } from './error.ts'
export type { PoolStats } from './monitor.ts'
export type { PoolConnection, PoolOptions } from './options.ts'
export { createPool, type Pool } from './pool.ts'
