import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { heldLoader, turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('single flight', () => {
  it('loads once for a thousand callers at once', async () => {
    const slow = heldTier()
    await using cache = createCache({ tiers: [mapTier(), slow] })
    const { load, resolve, reached, calls } = heldLoader<object>()
    const callers = Array.from({ length: 1_000 }, () => cache.getOrSet('hot', load))
    await reached
    const value = {}
    resolve(value)
    for (const got of await Promise.all(callers)) expect(got).toBe(value)
    expect(calls()).toBe(1)
    expect(slow.calls.filter(call => call === 'get')).toHaveLength(1)
    const { requests, joins, loads } = cache.analytics()
    expect({ requests, joins, loads }).toEqual({
      requests: 1_000,
      joins: 999,
      loads: { found: 1, absent: 0, failed: 0 },
    })
  })

  it('gives every waiter the error itself, once, and lets the next caller try again', async () => {
    await using cache = createCache({ tiers: [mapTier(), heldTier()] })
    const { load, reject, reached, calls } = heldLoader<number>()
    const callers = Array.from({ length: 50 }, () => cache.getOrSet('key', load))
    const outcomes = Promise.allSettled(callers)
    await reached
    const failure = new TypeError('the database is away')
    reject(failure)
    for (const outcome of await outcomes) expect(outcome).toEqual({ status: 'rejected', reason: failure })
    expect(calls()).toBe(1)
    expect(await cache.getOrSet('key', () => 7)).toBe(7)
  })

  it('passes on what a loader throws at once, whatever it is', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await expect(
      cache.getOrSet('key', () => {
        throw undefined
      }),
    ).rejects.toBeUndefined()
    expect(await cache.getOrSet('key', () => 'next')).toBe('next')
  })

  it('keeps the loads of different keys apart', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const keys = ['a', 'b', '__proto__', 'constructor', '']
    const values = await Promise.all(keys.map(key => cache.getOrSet(key, async () => `value of ${key}`)))
    expect(values).toEqual(keys.map(key => `value of ${key}`))
  })

  it('releases the callers before it fills the slower tiers', async () => {
    const slow = heldTier()
    await using cache = createCache({ tiers: [mapTier(), slow] })
    const held = slow.hold('set')
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
    expect(await cache.getOrSet('key', () => 'other')).toBe('value')
    await held.reached
    expect(slow.map.entries.size).toBe(0)
    held.release()
    await turns()
    expect(slow.map.entries.size).toBe(1)
  })
})
