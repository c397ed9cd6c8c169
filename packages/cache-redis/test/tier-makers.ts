/** The same shared tier twice: in Redis, and as the model of the simulation has it. */
import { type RedisTier, redisTier } from '@greenlang/cache-redis'
import { type Entry, type Fills, systemClock, type Tier } from '@greenlang/core'
import { testRedisUrl } from '@greenlang/servers'
import { seededRandom } from '@greenlang/testkit'
import { FakeServer, sharedTier, type World, wallMs } from '@greenlang/testkit/simulation'
import { ownPrefix } from './support.ts'

export type SharedTier = Tier & { readonly fills: Fills }

export function openRedisTier(options: object = {}): RedisTier {
  // Long, for machines that are busy: deadlines are tested elsewhere.
  return redisTier({ url: testRedisUrl(), prefix: ownPrefix(), deadline: '10s', ...options } as never)
}

/** By the real clock, with one server that answers at once. */
export function openModelTier(seed = 1): SharedTier {
  const world: World = {
    get now() {
      return systemClock.now() - wallMs
    },
    random: seededRandom(seed),
    at: () => undefined,
    run: async () => undefined,
  }
  const limits = {
    maxTags: 9,
    maxStream: 9,
    rotates: true,
    maxValues: 1e6,
    buries: true,
    countsTokens: false,
  }
  const server = new FakeServer(world, 0, limits)
  const caller = { call: async <T>(script: (server: FakeServer) => T) => script(server) }
  return sharedTier({ clock: systemClock, callers: [caller], usesServerTime: true })
}

/** Dates are off by what is not known of the server's clock. */
export function undated(
  entry: Entry | undefined,
): Omit<Entry, 'createdAt' | 'staleAt' | 'expiresAt'> | undefined {
  if (entry === undefined) return undefined
  const { createdAt: _, staleAt: __, expiresAt: ___, ...rest } = entry
  return rest
}
