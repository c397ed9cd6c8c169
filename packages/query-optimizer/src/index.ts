export type { TrackablePool } from './attach.ts'
export type { ParserState } from './fingerprint.ts'
export type { QueryableClient } from './intercept.ts'
export type { QueryStats } from './ledger.ts'
export {
  createQueryOptimizer,
  type QueryOptimizer,
  type QueryOptimizerStats,
  type SlowQuery,
} from './optimizer.ts'
export type { QueryOptimizerOptions } from './options.ts'
