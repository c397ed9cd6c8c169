export type { RedisBusOptions, RedisBusSettings } from './bus/options.ts'
export { type RedisBus, redisBus } from './bus/redis-bus.ts'
export type { BusTraffic } from './bus/redis-wire.ts'
export type { RedisAddress, TlsMaterial } from './connect/address.ts'
export type { AdaptedClient } from './connect/borrowed.ts'
export type {
  HandedClient,
  RedisClient,
  RedisClusterClient,
  RedisCommand,
  RedisCommandOptions,
  RedisSentinelClient,
  RedisSubscriber,
} from './connect/client.ts'
export { fromIoredis, type IoredisClient } from './connect/ioredis.ts'
export type {
  RedisClusterOptions,
  RedisConnectionOptions,
  RedisNodeOptions,
  RedisPoolOptions,
  RedisSentinelOptions,
  RedisSourceOptions,
  RedisTlsOptions,
} from './connect/source-options.ts'
export { RedisReplyError, RedisUnavailableError } from './error.ts'
export type { RedisTierOptions } from './tier/options.ts'
export { type RedisTier, redisTier } from './tier/redis-tier.ts'
export type { RedisTierStats } from './tier/stats.ts'
