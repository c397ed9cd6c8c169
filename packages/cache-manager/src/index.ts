export type { Advice } from './advice.ts'
export type {
  CacheAnalytics,
  CoherenceAnalytics,
  LoadAnalytics,
  StaleAnalytics,
  TierAnalytics,
} from './analytics.ts'
export type { AuditOptions } from './audit-settings.ts'
export type { AuditReport } from './auditor.ts'
export { createCache } from './cache.ts'
export type {
  Cache,
  CacheMethods,
  ClaimedSlot,
  Detailed,
  DrainReport,
  InvalidateOptions,
  InvalidateTarget,
  InvalidationResult,
  ResourceVersion,
  SetOptions,
  SetResult,
} from './cache-types.ts'
export type {
  CacheConfig,
  DiskConfig,
  MemoryConfig,
  RedisConfig,
  RedisConnectionConfig,
  SentinelConfig,
  SentinelNode,
} from './configure/configuration.ts'
export { type Configured, type ConfigureOptions, configure, type RedisPlace } from './configure/configure.ts'
export { type Environment, type FromEnvironment, readEnvironment } from './configure/environment.ts'
export { type ConfigFault, ConfigurationError, faultsOf } from './configure/faults.ts'
export { type Profile, type ProfileName, profiles } from './configure/profiles.ts'
export {
  type DefinedLoadOptions,
  type DefinedValues,
  defineValues,
  type ValueCodec,
  type ValueDefinitionOptions,
} from './define/define-values.ts'
export type { KeyParams, TemplateParams } from './define/key-template.ts'
export {
  type SchemaIssue,
  SchemaMismatchError,
  type SchemaResult,
  type StandardSchema,
} from './define/standard-schema.ts'
export { LoadFailedError, PartialLoadError, TooManyLoadsError } from './error.ts'
export type { ExplainedTier, Explanation } from './explanation.ts'
export type { CacheHealth, CoherenceHealth, TierHealth } from './health.ts'
export type { HotKey } from './hot-keys.ts'
export type {
  KeepOptions,
  LoadContext,
  LoadDefaults,
  Loader,
  LoadOptions,
  LoadTimeouts,
  ManyLoadContext,
  ManyLoader,
  ReadOptions,
} from './load-types.ts'
export type { CacheOptions, LoadLimits, TierGuardOptions } from './options.ts'
export type { WarmEntry, WarmItem, WarmOptions, WarmProgress, WarmReport } from './warming/warm-types.ts'
export type { WarmingOptions } from './warming/warming-settings.ts'
