export type { RedisClient, RedisCommand, RedisCommandOptions } from './connect/client.ts'
export { RedisReplyError, RedisUnavailableError } from './error.ts'
export type { RedisTierOptions } from './tier/options.ts'
export { redisTier } from './tier/redis-tier.ts'
