export type { RedisClient, RedisCommand, RedisCommandOptions } from './client.ts'
export { RedisReplyError, RedisUnavailableError } from './error.ts'
export type { RedisTierOptions } from './options.ts'
export { redisTier } from './redis-tier.ts'
