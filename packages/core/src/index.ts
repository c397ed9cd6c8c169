export type {
  BusEvent,
  BusSync,
  Frame,
  Invalidation,
  InvalidationBus,
  InvalidationMode,
  InvalidationTarget,
  Published,
  Rule,
  Rules,
  RuleTarget,
  TagMark,
  Unsubscribe,
} from './bus.ts'
export { type ByteSize, parseByteSize } from './byte-size.ts'
export { type Clock, type SleepOptions, systemClock } from './clock.ts'
export type { Codec } from './codec.ts'
export { type ContentKeyOptions, contentKey } from './content-key.ts'
export { contentText } from './content-text.ts'
export {
  assertContract,
  type Contract,
  ContractMismatchError,
  contractOf,
  contractVersion,
} from './contract.ts'
export { type Duration, type DurationRange, parseDuration } from './duration.ts'
export {
  createEntry,
  createNegativeEntry,
  type Entry,
  type EntryContext,
  type EntryOptions,
  type Freshness,
  freshness,
  markInvalidated,
  shortenLife,
} from './entry.ts'
export {
  ClosedError,
  DeadlineError,
  GreenlangError,
  hideField,
  InvalidArgumentError,
  InvalidOptionError,
  isGreenlangError,
  LoadTimeoutError,
} from './error.ts'
export type {
  CacheEvent,
  CircuitState,
  DiskEvent,
  GreenlangEvent,
  Observer,
  PoolEvent,
  QueryEvent,
  TierOperation,
} from './events.ts'
export { createLatencyRecorder, type LatencyRecorder, type LatencySnapshot } from './latency.ts'
export { notify } from './notify.ts'
export {
  checkBoolean,
  checkClock,
  checkFunction,
  checkInteger,
  checkKey,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkText,
} from './option.ts'
export type { Queryable, QueryRows } from './queryable.ts'
export { compareStamps, noStamp, type Stamp } from './stamp.ts'
export { isThenable } from './thenable.ts'
export type {
  Awaitable,
  Claim,
  ClaimOptions,
  Fills,
  Journal,
  MarkedValues,
  Removal,
  Tier,
  TierStats,
  WriteOptions,
  Written,
} from './tier.ts'
