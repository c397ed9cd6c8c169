/** Who waits for a tier is freed as the cache closes, though the tier never answers. */
import { describe, expect, it } from '@jest/globals'
import { type Cache, createCache } from '../src/index.ts'
import { turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('close', () => {
  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['get', cache => cache.get('key')],
    ['getDetailed', cache => cache.getDetailed('key')],
    ['getMany', cache => cache.getMany(['key', 'other'])],
    ['has', cache => cache.has('key')],
    ['getOrSet', cache => cache.getOrSet('key', () => 1)],
  ])('frees a waiting %s', async (_, call) => {
    const held = heldTier()
    const cache = createCache({ tiers: [mapTier(), held] })
    const stop = held.hold('get')
    const outcome = expect(call(cache)).rejects.toMatchObject({ name: 'ClosedError', code: 'CLOSED' })
    await stop.reached
    await cache.close()
    await outcome
    stop.release()
    await turns()
  })

  it('frees a waiting claim', async () => {
    let isAsked: () => void = () => undefined
    const asked = new Promise<void>(resolve => {
      isAsked = resolve
    })
    const shared = leasedTier()
    shared.fills.claim = () => {
      isAsked()
      return new Promise(() => undefined)
    }
    const cache = createCache({ tiers: [mapTier(), shared] })
    const outcome = expect(cache.claim('key')).rejects.toMatchObject({ code: 'CLOSED' })
    await asked
    await cache.close()
    await outcome
  })
})
