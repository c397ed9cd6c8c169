/** Versions where no tier keeps them, claims of what memory has, and the stamp of a write. */
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../src/index.ts'
import { createSoloVersions } from '../src/solo-versions.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('versions in memory alone', () => {
  it('of two writes the higher stays, whichever comes last', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.set('k', 'v5', { version: 5 })
    expect(await cache.set('k', 'v4', { version: 4 })).toMatchObject({ stored: false })
    expect(await cache.get('k')).toBe('v5')
  })

  it('nor does a load of a lower one stay', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.set('k', 'v5', { version: 5 })
    const lagging = ({ configure }: { configure(options: { version: number }): void }) => {
      configure({ version: 4 })
      return 'v4'
    }
    await cache.getOrSet('k', lagging, { fresh: true })
    expect(await cache.get('k')).toBe('v5')
  })

  it('an invalidation with a version refuses late writes of lower ones', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.set('k', 'v4', { version: 4 })
    await cache.invalidate({ keys: ['k'] }, { version: 5 })
    expect(await cache.set('k', 'v4', { version: 4 })).toMatchObject({ stored: false })
    expect(await cache.get('k')).toBeUndefined()
  })

  it('in the background, memory has it at once', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.set('k', 'v5', { version: 5, background: true })
    expect(await cache.get('k')).toBe('v5')
    await cache.set('k', 'v4', { version: 4, background: true })
    expect(await cache.get('k')).toBe('v5')
  })
})

describe('versions over a shared tier that keeps none', () => {
  const shared = () => mapTier({ name: 'shared', scope: 'shared' })

  it('of two writes of this process the higher stays', async () => {
    const far = shared()
    await using cache = createCache({ tiers: [mapTier(), far] })
    await cache.set('k', 'v5', { version: 5 })
    expect(await cache.set('k', 'v4', { version: 4 })).toMatchObject({ stored: false })
    expect([await cache.get('k'), far.entries.get('k')?.value]).toEqual(['v5', 'v5'])
    const load = ({ configure }: { configure(options: { version: number }): void }) => {
      configure({ version: 7 })
      return 'v7'
    }
    await cache.getOrSet('k', load, { fresh: true })
    expect(await cache.set('k', 'v6', { version: 6 })).toMatchObject({ stored: false })
    expect(await cache.get('k')).toBe('v7')
  })

  it.each<[string, (cache: ReturnType<typeof createCache>) => Promise<unknown>]>([
    ['a delete', cache => cache.delete('k')],
    ['a clear', cache => cache.clear()],
    ['a write without one', cache => cache.set('k', 'plain')],
  ])('the last stays after %s', async (_, forget) => {
    await using cache = createCache({ tiers: [mapTier(), shared()] })
    await cache.set('k', 'v5', { version: 5 })
    await forget(cache)
    expect(await cache.set('k', 'v4', { version: 4 })).toMatchObject({ stored: true })
    expect(await cache.get('k')).toBe('v4')
  })

  it('the last stays once the life of the higher is over, or it was forgotten', () => {
    const versions = createSoloVersions(1)
    const dates = { createdAt: 0, expiresAt: 10 }
    versions.put('k', dates, 5)
    expect(versions.admits('k', { createdAt: 9, expiresAt: 20 }, 4)).toBe(false)
    expect(versions.admits('k', { createdAt: 10, expiresAt: 20 }, 4)).toBe(true)
    versions.put('other', dates, 5)
    expect(versions.admits('k', { createdAt: 9, expiresAt: 20 }, 4)).toBe(true)
  })
})

describe('a claim', () => {
  it('finds what memory has', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.set('k', 'value')
    expect(await cache.claim('k')).toEqual({ kind: 'found', value: 'value' })
  })

  it('that nobody ends is over after 30 s', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    const slot = await cache.claim<string>('k')
    if (slot.kind === 'found') throw new Error(slot.kind)
    await clock.advance('30s')
    expect(await slot.set('late')).toBe(false)
    expect(await cache.get('k')).toBeUndefined()
  })
})

describe('the stamp of a write', () => {
  /** Two processes over one shared tier; the second hears nothing of the first. */
  function apart() {
    const [shared, bus] = [leasedTier(), memoryBus()]
    const before = bus.sync()
    const deaf = {
      contract: bus.contract,
      publish: bus.publish.bind(bus),
      subscribe: () => () => undefined,
      watch: bus.watch.bind(bus),
      sync: () => ({ ...bus.sync(), known: before.known, applied: before.applied }),
      resume: bus.resume.bind(bus),
      rules: bus.rules.bind(bus),
      retire: bus.retire.bind(bus),
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }
    const writer = createCache({ tiers: [mapTier(), shared], bus, keepOpen: true })
    const reader = createCache({ tiers: [mapTier(), shared], bus: deaf, keepOpen: true })
    return { writer, reader }
  }

  it.each([
    ['set', {}],
    ['set with a version', { version: 2 }],
    ['setMany', undefined],
  ])('of %s lets another process read it that has not heard of it', async (_, options) => {
    const { writer, reader } = apart()
    const old = () => 'old'
    expect(await reader.getOrSet('k', old)).toBe('old')
    const { stamp } = options
      ? await writer.set('k', 'new', options)
      : await writer.setMany(
          new Map([
            ['k', 'new'],
            ['other', 'new'],
          ]),
        )
    if (stamp === undefined) throw new Error('no stamp')
    expect(await reader.get('k')).toBe('old')
    expect(await reader.get('k', { after: stamp })).toBe('new')
    expect(await reader.getOrSet('k', old, { after: stamp })).toBe('new')
    expect(await reader.has('k', { after: stamp })).toBe(true)
    await Promise.all([writer.close(), reader.close()])
  })

  it('of many is that of the last, and absent where one was not sent', async () => {
    const bus = memoryBus()
    await using cache = createCache({ tiers: [mapTier()], bus })
    const values = new Map([
      ['a', 1],
      ['b', 2],
    ])
    expect((await cache.setMany(values)).stamp).toEqual(bus.sync().known)
    expect((await cache.set('a', 1, { background: true })).stamp).toBeUndefined()
    await bus.close()
    const { stamp, propagated } = await cache.setMany(values)
    expect([stamp, propagated]).toEqual([undefined, false])
    expect((await cache.setMany(new Map())).stamp).toBeUndefined()
  })
})
