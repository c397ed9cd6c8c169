/** The event loop stands still (row F5 of the fault catalogue): what has come meanwhile counts, and nobody is blamed. */
import { pbkdf2 } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { CacheEvent, Tier } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../../src/index.ts'
import { mapTier } from '../support/map-tier.ts'

const stallMs = 2_000
/** Enough to open the circuit, and few enough for the threads of Node to answer within the stall. */
const crowd = 16
const derive = promisify(pbkdf2)

/** Some 50 ms by a thread of its own: the answer comes while the loop stands still. */
const outside = () => derive('password', 'salt', 100_000, 32, 'sha256')

function stall(): void {
  const until = performance.now() + stallMs
  while (performance.now() < until);
}

/** A tier whose reads are answered from outside, without a guard of its own. */
function outsideTier(): Tier {
  const map = mapTier({ name: 'outside', scope: 'shared' })
  const call = async <R>(effect: () => R): Promise<R> => effect()
  return {
    ...{ name: map.name, scope: map.scope, contract: map.contract, guarded: false },
    get: async key => {
      await outside()
      return map.get(key)
    },
    getMany: keys => call(() => map.getMany(keys)),
    set: (key, entry) => call(() => map.set(key, entry)),
    setMany: entries => call(() => map.setMany(entries)),
    deleteMany: keys => call(() => map.deleteMany(keys)),
    invalidateMany: keys => call(() => map.invalidateMany(keys)),
    clear: () => call(() => map.clear()),
    stats: () => map.stats(),
    close: () => map.close(),
    [Symbol.asyncDispose]: async () => map.close(),
  }
}

const keys = Array.from({ length: crowd }, (_, index) => `key ${index}`)

describe('F5: an event-loop stall of 2 s', () => {
  it.each([{ hard: 1_000 }, { load: 1_000 }])(
    'over loads that ended meanwhile is no timeout: %p',
    async timeouts => {
      await using cache = createCache({ tiers: [mapTier()] })
      await cache.get('warm up')
      const reads = [1, 2, 3, 4].map(id =>
        cache.getOrSet(`key ${id}`, () => outside().then(() => id), { timeouts }),
      )
      await setImmediate()
      stall()
      expect(await Promise.all(reads)).toEqual([1, 2, 3, 4])
    },
  )

  it('over reads of a tier under way is no timeout of theirs, and opens no circuit', async () => {
    const events: CacheEvent[] = []
    const observer = (event: CacheEvent) => void events.push(event)
    await using cache = createCache({ tiers: [mapTier(), outsideTier()], observer })
    await cache.get('warm up')
    const reads = keys.map(key => cache.getOrSet(key, () => 'value'))
    // The reads are under way.
    await setImmediate()
    stall()
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['value']))
    await cache.drain()
    expect(events.filter(({ type }) => type === 'tier-failure' || type === 'circuit')).toEqual([])
    expect(cache.analytics().tiers[1]).toMatchObject({ failures: 0 })
  })
})
