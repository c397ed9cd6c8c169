import { type ContractMismatchError, createEntry, createNegativeEntry, systemClock } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it, jest } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { deferred, heldLoader, turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('getOrSet', () => {
  it('loads once, then answers from memory', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const load = jest.fn(async () => ({ id: 42 }))
    const first = await cache.getOrSet('workflow:42', load)
    expect(await cache.getOrSet('workflow:42', load)).toBe(first)
    expect(load).toHaveBeenCalledTimes(1)
  })

  it.each([null, 0, '', false, []])('keeps %p as a value', async value => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.getOrSet('key', () => value)
    expect(await cache.getOrSet('key', () => 'another')).toBe(value)
    expect(await cache.get('key')).toBe(value)
  })

  it('returns undefined as not found and does not store it', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const load = jest.fn(() => undefined)
    expect(await cache.getOrSet('key', load)).toBeUndefined()
    expect(await cache.getOrSet('key', load)).toBeUndefined()
    expect(load).toHaveBeenCalledTimes(2)
    expect(cache.analytics().loads).toEqual({ found: 0, absent: 2, failed: 0 })
  })

  it('answers that there is nothing while an entry says so, without a load', async () => {
    const clock = fakeClock()
    const tiers = [mapTier({ clock }), mapTier({ name: 'far', scope: 'shared', clock })] as const
    await using cache = createCache({ tiers, clock })
    for (const tier of tiers) tier.set('key', createNegativeEntry({ ttl: '5s' }, { clock }))
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'value')).toBeUndefined()
    await clock.advance(5_000)
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
  })

  it('loads again once the ttl is over, by the defaults or by the call', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock, defaults: { ttl: '10s' } })
    const load = jest.fn(() => 'value')
    await cache.getOrSet('short', load)
    await cache.getOrSet('long', load, { ttl: '1m' })
    await clock.advance(9_999)
    await cache.getOrSet('short', load)
    expect(load).toHaveBeenCalledTimes(2)
    await clock.advance(1)
    await cache.getOrSet('short', load)
    await cache.getOrSet('long', load)
    expect(load).toHaveBeenCalledTimes(3)
  })

  it('fills the slower tiers behind the back of the caller, and close waits for it', async () => {
    const slow = heldTier({ guarded: false })
    const cache = createCache({ tiers: [mapTier(), slow], keepOpen: true })
    const held = slow.hold('set')
    expect(await cache.getOrSet('key', () => 'value')).toBe('value')
    await held.reached
    let closed = false
    const closing = cache.close().then(() => {
      closed = true
    })
    await turns()
    expect(closed).toBe(false)
    held.release()
    await closing
    expect(slow.map.entries.get('key')?.value).toBe('value')
  })

  it('fills a slow tier before it answers where there is no memory: the next caller finds it', async () => {
    await using cache = createCache({ tiers: [heldTier()] })
    const load = jest.fn(() => 'value')
    await cache.getOrSet('key', load)
    await cache.getOrSet('key', load)
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('tells the loader what it would replace', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.getOrSet('key', () => 'old', { ttl: '1s', grace: '1m' })
    await clock.advance('2s')
    const load = jest.fn((_: { stale: unknown; signal: AbortSignal }) => 'new')
    await cache.getOrSet('key', load)
    expect(load.mock.calls[0]?.[0].stale).toMatchObject({ value: 'old' })
    expect(load.mock.calls[0]?.[0].signal.aborted).toBe(false)
  })
})

describe('promotion', () => {
  it('copies a hit up with the dates of the entry: it never lives longer (law 1, C10)', async () => {
    const clock = fakeClock()
    const [memory, slow] = [mapTier({ clock }), heldTier({ clock })]
    const entry = createEntry('value', { ttl: '1m', grace: '1m' }, { clock })
    await slow.set('key', entry)
    await using cache = createCache({ tiers: [memory, slow], clock })
    await clock.advance('59s')
    expect(await cache.get('key')).toBe('value')
    const { value, createdAt, staleAt, expiresAt } = entry
    expect(memory.entries.get('key')).toMatchObject({ value, createdAt, staleAt, expiresAt })
    await clock.advance('1s')
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded')
  })

  it('writes private tiers only: what a disk holds never goes to where others read', async () => {
    const memory = mapTier({ name: 'memory' })
    const redis = heldTier({ name: 'redis' })
    const disk = heldTier({ name: 'disk', scope: 'process' })
    await disk.set('key', createEntry('value'))
    await using cache = createCache({ tiers: [memory, redis, disk] })
    expect(await cache.get('key')).toBe('value')
    await turns()
    expect([memory.entries.size, redis.map.entries.size]).toEqual([1, 0])
  })

  it('never writes to a slower tier', async () => {
    const memory = mapTier({ name: 'memory' })
    const disk = heldTier({ name: 'disk', scope: 'process' })
    await using cache = createCache({ tiers: [memory, disk] })
    memory.set('key', createEntry('value'))
    expect(await cache.get('key')).toBe('value')
    await turns()
    expect(disk.calls).toEqual([])
  })
})

describe('set and delete', () => {
  it('stores in every tier, and removes from every tier', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow], bus: memoryBus() })
    await cache.set('key', 1, { tags: ['t'] })
    expect(memory.entries.get('key')).toMatchObject({ ...slow.map.entries.get('key') })
    expect(await cache.delete('key', 'absent')).toMatchObject({ propagated: true, unreached: [] })
    expect([memory.entries.size, slow.map.entries.size]).toEqual([0, 0])
    expect(await cache.get('key')).toBeUndefined()
  })

  it('clears every tier', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow], bus: memoryBus() })
    await cache.set('a', 1)
    await cache.set('b', 2)
    expect(await cache.clear()).toMatchObject({ propagated: true, unreached: [] })
    expect([memory.entries.size, slow.map.entries.size]).toEqual([0, 0])
  })

  it('says that others do not hear it where a tier is shared but no bus is', async () => {
    await using shared = createCache({ tiers: [mapTier(), heldTier()] })
    await using alone = createCache({ tiers: [mapTier()] })
    const changes = (cache: typeof shared) => [
      cache.delete('key'),
      cache.invalidate({ keys: ['key'] }),
      cache.invalidate({ tags: ['tag'] }),
      cache.clear(),
    ]
    for (const change of changes(shared))
      expect(await change).toMatchObject({ propagated: false, unreached: [] })
    for (const change of changes(alone)) expect(await change).toMatchObject({ propagated: true })
  })

  it('remembers as many tags as it is told to', async () => {
    await using cache = createCache({ tiers: [mapTier()], maxTags: 1 })
    await cache.set('key', 1, { tags: ['a'] })
    await cache.invalidate({ tags: ['b'] })
    expect(await cache.get('key')).toBe(1)
    await cache.invalidate({ tags: ['c'] })
    expect(await cache.get('key')).toBeUndefined()
  })

  it('has nothing to do for empty lists', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const nothing = { propagated: true, unreached: [] }
    expect(await cache.delete()).toEqual(nothing)
    expect(await cache.invalidate({ keys: [] })).toEqual(nothing)
    expect(await cache.invalidate({ tags: [] })).toEqual(nothing)
  })
})

describe('misuse', () => {
  it('rejects, with the code of the mistake and without the key (law 7)', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const codeOf = (action: () => Promise<unknown>) =>
      action().then(String, error => [error.code, error.message])
    const calls: readonly [string, () => Promise<unknown>][] = [
      ['INVALID_ARGUMENT', () => cache.get(5 as never)],
      ['INVALID_ARGUMENT', () => cache.getOrSet('secret', 'no function' as never)],
      ['INVALID_ARGUMENT', () => cache.set('secret', undefined as never)],
      ['INVALID_ARGUMENT', () => cache.delete('secret', 7 as never)],
      ['INVALID_ARGUMENT', () => cache.invalidate({ keys: ['secret'], tags: ['t'] } as never)],
      ['INVALID_ARGUMENT', () => cache.invalidate({} as never)],
      ['INVALID_ARGUMENT', () => cache.invalidate({ tags: [''] })],
      ['INVALID_OPTION', () => cache.invalidate({ patern: 'secret*' } as never)],
      ['INVALID_OPTION', () => cache.invalidate({ pattern: '' })],
      ['INVALID_OPTION', () => cache.set('secret', 1, { ttl: 0 })],
      ['INVALID_OPTION', () => cache.set('secret', 1, { tags: [''] })],
      ['INVALID_OPTION', () => cache.getOrSet('secret', () => 1, { tl: '5m' } as never)],
      ['INVALID_OPTION', () => cache.getOrSet('secret', () => 1, { grace: -1 })],
    ]
    for (const [index, [code, call]] of calls.entries()) {
      const [actual, message] = await codeOf(call)
      expect({ index, code: actual }).toEqual({ index, code })
      expect(message).not.toContain('secret')
    }
  })

  it.each([
    [{}, 'tiers'],
    [{ tiers: [] }, 'tiers'],
    [{ tiers: [{}] }, 'tiers'],
    [{ tiers: [mapTier(), mapTier()] }, 'tiers'],
    [{ tiers: [mapTier()], name: '' }, 'name'],
    [{ tiers: [mapTier()], name: null }, 'name'],
    [{ tiers: [mapTier()], defaults: null }, 'of defaults'],
    [{ tiers: [mapTier()], defaults: { ttl: -1 } }, 'ttl'],
    [{ tiers: [mapTier()], defaults: { tll: 1 } }, 'defaults.tll'],
    [{ tiers: [mapTier()], guard: { deadline: 0 } }, 'deadline'],
    [{ tiers: [mapTier()], guard: { timeout: 1 } }, 'guard.timeout'],
    [{ tiers: [mapTier()], observer: 'log' }, 'observer'],
    [{ tiers: [mapTier()], latency: 5 }, 'latency'],
    [{ tiers: [mapTier()], bus: {} }, 'bus'],
    [{ tiers: [mapTier()], keepOpen: 1 }, 'keepOpen'],
    [{ tiers: [mapTier()], maxTags: 0 }, 'maxTags'],
    [{ tiers: [mapTier()], clock: {} }, 'clock'],
    [{ tiers: [mapTier()], clock: null }, 'clock'],
    [{ tiers: [mapTier()], bus: null }, 'bus'],
    [{ tiers: [mapTier()], tier: 1 }, 'createCache.tier'],
  ])('refuses bad options at construction (law 8): %#', (options, option) => {
    expect(() => createCache(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })

  it('refuses a tier or a bus of another contract, naming both packages', () => {
    const doctored = { package: '@greenlang/cache-redis', version: 99 }
    const tier = Object.assign(mapTier(), { contract: doctored })
    const bus = Object.assign(memoryBus(), { contract: { ...doctored, package: '@greenlang/bus' } })
    const refusal = (options: Parameters<typeof createCache>[0]) => {
      try {
        createCache(options)
      } catch (error) {
        return error as ContractMismatchError
      }
      throw new Error('not refused')
    }
    const error = refusal({ tiers: [tier] })
    expect(error.code).toBe('CONTRACT_MISMATCH')
    expect(error.message).toContain('@greenlang/cache-manager')
    expect(error.message).toContain('@greenlang/cache-redis')
    expect(refusal({ tiers: [mapTier()], bus }).message).toContain('@greenlang/bus')
  })
})

describe('close', () => {
  it('closes its tiers and its bus, and fails every call afterwards (law 6)', async () => {
    const [memory, slow, bus] = [mapTier(), heldTier({ guarded: false }), memoryBus()]
    const cache = createCache({ tiers: [memory, slow], bus })
    await Promise.all([cache.close(), cache.close()])
    await cache[Symbol.asyncDispose]()
    expect([memory.closed, slow.map.closed]).toEqual([true, true])
    expect(() => bus.sync()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    const calls = [
      () => cache.get('k'),
      () => cache.getOrSet('k', () => 1),
      () => cache.set('k', 1),
      () => cache.delete('k'),
      () => cache.invalidate({ tags: ['t'] }),
      () => cache.clear(),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(cache.analytics().requests).toBe(0)
  })

  it('leaves tiers and bus open where they are kept for others, and listens no more', async () => {
    const [memory, bus] = [mapTier(), memoryBus()]
    const cache = createCache({ tiers: [memory], bus, keepOpen: true })
    await cache.close()
    memory.set('key', createEntry('value'))
    await bus.publish({ mode: 'delete', keys: ['key'] })
    expect(memory.entries.size).toBe(1)
  })

  it('frees those who wait for a load, aborts it, and stores nothing of it', async () => {
    const memory = mapTier()
    const cache = createCache({ tiers: [memory], keepOpen: true })
    const end = deferred<string>()
    let aborted: AbortSignal | undefined
    const callers = [1, 2].map(() =>
      cache.getOrSet('key', ({ signal }) => {
        aborted = signal
        return end.promise
      }),
    )
    const outcomes = Promise.allSettled(callers)
    await turns()
    await cache.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'CLOSED' } })
    expect(aborted?.aborted).toBe(true)
    end.resolve('late')
    await turns()
    expect(memory.entries.size).toBe(0)
  })

  it('begins no load for a caller whose look-up it overtook', async () => {
    const slow = heldTier()
    const cache = createCache({ tiers: [slow], keepOpen: true })
    const held = slow.hold('get')
    const { load, calls } = heldLoader<string>()
    const caller = cache.getOrSet('key', load)
    const outcome = expect(caller).rejects.toMatchObject({ code: 'CLOSED' })
    await held.reached
    await cache.close()
    held.release()
    await outcome
    await turns()
    expect(calls()).toBe(0)
  })

  it('says so when a tier cannot be closed, having closed the others', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    memory.close = () => {
      throw new Error('busy')
    }
    await expect(createCache({ tiers: [memory, slow] }).close()).rejects.toThrow('busy')
    expect(slow.map.closed).toBe(true)
  })
})

it('types: options and values that cannot work do not compile', () => {
  const cache = createCache({ tiers: [mapTier()], clock: systemClock })
  const mustNotCompile = () => {
    // @ts-expect-error no tiers
    createCache({ tiers: [] })
    // @ts-expect-error a bad unit
    createCache({ tiers: [mapTier()], defaults: { ttl: '5 minutes' } })
    // @ts-expect-error undefined is not a value
    void cache.set('key', undefined)
    const value: Promise<number> = cache.getOrSet('key', async () => 5)
    return [value, cache.set('key', null), cache.set<number | null>('key', null)]
  }
  expect(mustNotCompile).toBeDefined()
})
