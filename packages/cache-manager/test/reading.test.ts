/** What a caller may ask for beyond a value: what can be said of it, a new one, one that has seen a write, some tiers only. */
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('detail', () => {
  it('says where a value came from and how old it is', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock }), leasedTier({ clock })], clock })
    const loaded = await cache.getOrSetDetailed('key', () => 'value', { tags: ['t'] })
    expect(loaded).toMatchObject({ value: 'value', state: 'fresh', source: 'load', ageMs: 0, joined: false })
    await clock.advance(1_000)
    const held = await cache.getDetailed('key')
    expect(held).toMatchObject({ value: 'value', state: 'fresh', source: 'map', ageMs: 1_000 })
    expect(held.entry).toMatchObject({ tags: ['t'] })
    expect(await cache.getDetailed('nothing')).toMatchObject({ value: undefined, state: 'absent' })
  })

  it('says why a value is stale', async () => {
    const clock = fakeClock()
    const defaults = { ttl: '1s', grace: '1h' } as const
    await using cache = createCache({ tiers: [mapTier({ clock })], clock, defaults })
    await cache.set('key', 'old')
    await clock.advance('2s')
    const failed = await cache.getOrSetDetailed('key', () => Promise.reject(new Error('down')))
    expect(failed).toMatchObject({ value: 'old', state: 'stale', why: 'failed', source: 'map', ageMs: 2_000 })
    await clock.advance('2s')
    const slow = await cache.getOrSetDetailed('key', () => deferred().promise, { timeouts: { soft: 0 } })
    expect(slow).toMatchObject({ value: 'old', state: 'stale', why: 'slow' })
    expect(cache.analytics()).toMatchObject({ stale: { slow: 1, failed: 1, cut: 0 }, staleServed: 1 })
  })

  it('says that another had begun the load', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const held = deferred<string>()
    const first = cache.getOrSet('key', () => held.promise)
    const second = cache.getOrSetDetailed('key', () => 'mine')
    await turns()
    held.resolve('theirs')
    expect(await second).toMatchObject({ value: 'theirs', joined: true })
    await first
  })
})

describe('fresh', () => {
  it('loads though there is a value, and replaces it in every tier', async () => {
    const shared = leasedTier()
    await using cache = createCache({ tiers: [mapTier(), shared] })
    await cache.set('key', 'old')
    expect(await cache.getOrSet('key', () => 'new', { fresh: true })).toBe('new')
    expect(await cache.get('key')).toBe('new')
    expect(shared.map.entries.get('key')).toMatchObject({ value: 'new' })
  })

  it('joins no load that began before it, and is not overtaken by that', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const held = deferred<string>()
    const before = cache.getOrSet('key', () => held.promise)
    await turns()
    expect(await cache.getOrSet('key', () => 'new', { fresh: true })).toBe('new')
    held.resolve('of before')
    expect(await before).toBe('of before')
    expect(await cache.get('key')).toBe('new')
  })

  it('falls back on the value if the load fails and it has a grace', async () => {
    await using cache = createCache({ tiers: [mapTier()], defaults: { grace: '1h' } })
    await cache.set('key', 'old')
    const failing = () => Promise.reject(new Error('down'))
    expect(await cache.getOrSet('key', failing, { fresh: true })).toBe('old')
    await cache.set('bare', 'old', { grace: 0 })
    await expect(cache.getOrSet('bare', failing, { fresh: true })).rejects.toThrow('down')
  })
})

describe('after', () => {
  /** Two processes over one shared tier; the second does not hear the first until it is told. */
  function apart() {
    const shared = leasedTier()
    const bus = memoryBus()
    const deaf = { ...deafTo(bus), heard: [] as (() => void)[] }
    const writer = createCache({ name: 'writer', tiers: [mapTier(), shared], bus, keepOpen: true })
    const reader = createCache({ name: 'reader', tiers: [mapTier(), shared], bus: deaf.bus, keepOpen: true })
    return { writer, reader, shared }
  }

  it('does not serve from memory what an invalidation named that this process has not heard of', async () => {
    const { writer, reader } = apart()
    expect(await reader.getOrSet('key', () => 'old', { tags: ['t'] })).toBe('old')
    const { stamp } = await writer.invalidate({ tags: ['t'] })
    // It has not heard: what it holds is what it would serve.
    expect(await reader.get('key')).toBe('old')
    if (stamp === undefined) throw new Error('no stamp')
    expect(await reader.get('key', { after: stamp })).toBeUndefined()
    expect(await reader.getOrSet('key', () => 'new', { tags: ['t'], after: stamp })).toBe('new')
    await Promise.all([writer.close(), reader.close()])
  })

  it('costs nothing once this process has heard', async () => {
    const map = mapTier()
    await using cache = createCache({ tiers: [map] })
    await cache.set('other', 1)
    const { stamp } = await cache.delete('key')
    if (stamp === undefined) throw new Error('no stamp')
    expect(await cache.get('other', { after: stamp })).toBe(1)
    expect(cache.analytics().tiers[0]).toMatchObject({ hits: 1 })
  })

  it('refuses what is no stamp', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await expect(cache.get('key', { after: 7 as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

/** A bus whose frames do not arrive. */
function deafTo(bus: ReturnType<typeof memoryBus>) {
  const { applied, known } = bus.sync()
  const start = { applied, known }
  const deaf = {
    contract: bus.contract,
    publish: bus.publish.bind(bus),
    subscribe: () => () => undefined,
    watch: bus.watch.bind(bus),
    sync: () => ({ ...start, trustedSince: Date.now() + 1e9, leaseMs: 1_000 }),
    resume: () => undefined,
    rules: bus.rules.bind(bus),
    retire: bus.retire.bind(bus),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
  return { bus: deaf }
}

describe('tiers', () => {
  it('are asked and written one by one where a call says so', async () => {
    const shared = leasedTier()
    const memory = mapTier()
    await using cache = createCache({ tiers: [memory, shared] })
    await cache.getOrSet('key', () => 1, { tiers: ['map'] })
    expect(memory.entries.has('key')).toBe(true)
    expect(shared.map.entries.has('key')).toBe(false)
    expect(await cache.get('key', { tiers: ['shared'] })).toBeUndefined()
    expect(await cache.has('key')).toBe(true)
    await cache.getOrSet('other', () => 1, { tiers: ['shared'] })
    await turns()
    expect(memory.entries.has('other')).toBe(false)
    expect(shared.map.entries.has('other')).toBe(true)
  })

  it('that a set leaves out lose the key: an old value would be worse than none', async () => {
    const shared = leasedTier()
    const memory = mapTier()
    await using cache = createCache({ tiers: [memory, shared] })
    await cache.set('key', 'old')
    await cache.set('key', 'new', { tiers: ['map'] })
    expect(memory.entries.get('key')).toMatchObject({ value: 'new' })
    expect(shared.map.entries.has('key')).toBe(false)
    await cache.set('key', 'newer', { tiers: ['shared'] })
    expect(memory.entries.has('key')).toBe(false)
    expect(await cache.get('key')).toBe('newer')
  })

  it.each([[[]], [['nowhere']], ['map']])('refuses %p', async tiers => {
    await using cache = createCache({ tiers: [mapTier()] })
    const options = { tiers } as never
    for (const call of [cache.get('key', options), cache.set('key', 1, options)])
      await expect(call).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'tiers' })
    await cache.set('key', 1)
    await expect(cache.getOrSet('key', () => 1, options)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('a value with a version', () => {
  it('stays if a lower one comes later', async () => {
    await using cache = createCache({ tiers: [mapTier(), versioned()], bus: memoryBus() })
    expect(await cache.set('key', 'third', { version: 3 })).toEqual({
      stored: true,
      propagated: true,
      stamp: { history: expect.any(String), sequence: expect.any(Number) },
    })
    expect(await cache.set('key', 'second', { version: 2 })).toMatchObject({ stored: false })
  })
})

/** The least of a shared tier that knows versions. */
function versioned() {
  const tier = leasedTier()
  const versions = new Map<string, number>()
  return {
    ...tier,
    fills: {
      ...tier.fills,
      async write(...[key, entry, options]: Parameters<typeof tier.fills.write>) {
        const { version = 0 } = options ?? {}
        if ((versions.get(key) ?? -1) > version) return 'older' as const
        versions.set(key, version)
        return tier.fills.write(key, entry)
      },
    },
  }
}

describe('a set in the background', () => {
  it('ends as memory has the value, before slower tiers do', async () => {
    const held = heldTier()
    const stop = held.hold('set')
    await using cache = createCache({ tiers: [mapTier(), held] })
    expect(await cache.set('key', 'new', { background: true })).toEqual({ stored: true, propagated: false })
    expect(await cache.get('key')).toBe('new')
    stop.release()
    expect(await cache.drain()).toEqual({ drained: true, left: 0 })
    expect(held.map.entries.get('key')).toMatchObject({ value: 'new' })
    expect(await cache.get('key')).toBe('new')
  })

  it('gives way to a delete that comes meanwhile', async () => {
    const held = heldTier()
    const stop = held.hold('set')
    await using cache = createCache({ tiers: [mapTier(), held] })
    await cache.set('key', 'new', { background: true })
    const deleted = cache.delete('key')
    expect(await cache.get('key')).toBeUndefined()
    stop.release()
    await deleted
    await cache.drain()
    expect(await cache.get('key')).toBeUndefined()
  })

  it('is not in memory early where it has a version', async () => {
    const tier = versioned()
    await using cache = createCache({ tiers: [mapTier(), tier] })
    await cache.set('key', 'third', { version: 3 })
    await cache.set('key', 'second', { version: 2, background: true })
    await cache.drain()
    expect(await cache.get('key')).not.toBe('second')
  })
})
