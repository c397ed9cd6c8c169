import type { RedisClient } from './client.ts'

/** Where Redis is, checked. */
export type Source = { readonly url: string } | { readonly client: RedisClient }
