/** Options that are none are refused in words, by hits and by misses alike. */
import { describe, expect, it } from '@jest/globals'
import { type CacheMethods, createCache } from '../src/index.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

const calls: Record<string, (cache: CacheMethods, options: never) => Promise<unknown>> = {
  get: (cache, options) => cache.get('k', options),
  has: (cache, options) => cache.has('k', options),
  getDetailed: (cache, options) => cache.getDetailed('k', options),
  getMany: (cache, options) => cache.getMany(['k'], options),
  getOrSet: (cache, options) => cache.getOrSet('k', () => 1, options),
  getOrSetDetailed: (cache, options) => cache.getOrSetDetailed('k', () => 1, options),
  getOrSetMany: (cache, options) => cache.getOrSetMany(['k'], () => new Map(), options),
}

describe.each([null, 5, 'text', [[]]])('%p for options', bad => {
  it.each(Object.entries(calls))('is refused by %s', async (_, call) => {
    for (const tiers of [[mapTier()], [mapTier(), leasedTier()], [leasedTier()]] as const) {
      await using cache = createCache({ tiers })
      for (const each of [cache, cache.namespace('part')]) {
        const miss = call(each, bad as never)
        await expect(miss).rejects.toMatchObject({ code: 'INVALID_OPTION' })
        await each.set('k', 1)
        // One hit in some takes the long way.
        for (let hit = 0; hit < 5; hit += 1)
          await expect(call(each, bad as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
      }
    }
  })
})
