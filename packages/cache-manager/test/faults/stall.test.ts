/** The event loop stands still (row F5 of the fault catalogue): what has come meanwhile counts, and nobody is blamed. */
import { stat } from 'node:fs/promises'
import type { CacheEvent } from '@greenlang/core'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../../src/index.ts'
import { mapTier } from '../support/map-tier.ts'

const stallMs = 2_000
const crowd = 200

/** Asks the system, by a thread of its own: the answer is there while the loop stands still. */
const outside = () => stat(process.execPath)

function stall(): void {
  const until = performance.now() + stallMs
  while (performance.now() < until);
}

/** A tier over the system, without a guard of its own. */
function outsideTier() {
  const map = mapTier({ name: 'outside', scope: 'shared' })
  const call = async <R>(effect: () => R): Promise<R> => {
    await outside()
    return effect()
  }
  return {
    ...{ name: map.name, scope: map.scope, contract: map.contract, guarded: false },
    get: (key: string) => call(() => map.get(key)),
    getMany: (keys: readonly string[]) => call(() => map.getMany(keys)),
    set: (...given: Parameters<typeof map.set>) => call(() => map.set(...given)),
    setMany: (...given: Parameters<typeof map.setMany>) => call(() => map.setMany(...given)),
    deleteMany: (keys: readonly string[]) => call(() => map.deleteMany(keys)),
    invalidateMany: (keys: readonly string[]) => call(() => map.invalidateMany(keys)),
    clear: () => call(() => map.clear()),
    stats: () => map.stats(),
    close: () => map.close(),
    [Symbol.asyncDispose]: async () => map.close(),
  }
}

const keys = Array.from({ length: crowd }, (_, index) => `key ${index}`)

describe('F5: an event-loop stall of 2 s', () => {
  it('over reads of a tier under way is no timeout of theirs, and opens no circuit', async () => {
    const events: CacheEvent[] = []
    const observer = (event: CacheEvent) => void events.push(event)
    await using cache = createCache({ tiers: [mapTier(), outsideTier()], observer })
    await cache.get('warm up')
    const reads = keys.map(key => cache.getOrSet(key, () => 'value'))
    stall()
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['value']))
    await cache.drain()
    expect(events.filter(({ type }) => type === 'tier-failure' || type === 'circuit')).toEqual([])
    expect(cache.analytics().tiers[1]).toMatchObject({ failures: 0 })
  })
})
