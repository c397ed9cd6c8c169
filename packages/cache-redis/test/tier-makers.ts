/** The same shared tier twice: in Redis, and as the model of the simulation has it. */
import { type RedisTier, redisTier } from '@greenlang/cache-redis'
import type { Entry, Fills, Tier } from '@greenlang/core'
import { testRedisUrl } from '@greenlang/servers'
import { ownPrefix } from './support.ts'

export type SharedTier = Tier & { readonly fills: Fills }

export function openRedisTier(options: object = {}): RedisTier {
  // Long, for machines that are busy: deadlines are tested elsewhere.
  return redisTier({ url: testRedisUrl(), prefix: ownPrefix(), deadline: '10s', ...options } as never)
}

/** Dates are off by what is not known of the server's clock. */
export function undated(
  entry: Entry | undefined,
): Omit<Entry, 'createdAt' | 'staleAt' | 'expiresAt'> | undefined {
  if (entry === undefined) return undefined
  const { createdAt: _, staleAt: __, expiresAt: ___, ...rest } = entry
  return rest
}
