/** Claims, namespaces, versions of resources, patterns, explanations, health, hot keys, draining. */
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createCache, type LoadContext } from '../src/index.ts'
import { deferred, turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { leasedTier } from './support/leased-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('claim', () => {
  it('gives what is there, or a slot that is filled as by a load', async () => {
    await using cache = createCache({ tiers: [mapTier(), leasedTier()] })
    const slot = await cache.claim<string>('key')
    if (slot.kind !== 'granted') throw new Error(slot.kind)
    expect(await slot.set('value', { tags: ['t'] })).toBe(true)
    expect(await slot.set('twice')).toBe(false)
    expect(await cache.claim('key')).toEqual({ kind: 'found', value: 'value' })
    await cache.invalidate({ tags: ['t'] })
    expect(await cache.get('key')).toBeUndefined()
  })

  it('keeps nothing where the key was invalidated since', async () => {
    await using cache = createCache({ tiers: [mapTier(), leasedTier()] })
    const slot = await cache.claim<string>('key')
    await cache.invalidate({ keys: ['key'] })
    if (slot.kind === 'found') throw new Error(slot.kind)
    expect(await slot.set('of before')).toBe(false)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('lets the next one load after a release', async () => {
    await using cache = createCache({ tiers: [mapTier(), leasedTier()] })
    const slot = await cache.claim('key')
    if (slot.kind === 'found') throw new Error(slot.kind)
    expect((await cache.claim('key')).kind).toBe('taken')
    await slot.release()
    expect((await cache.claim('key')).kind).toBe('granted')
  })
})

describe('patterns and versions', () => {
  it('W27: a pattern takes what it names, at once, and nothing else', async () => {
    await using cache = createCache({ tiers: [mapTier(), leasedTier()], bus: memoryBus() })
    await cache.setMany(
      new Map([
        ['workflow:1', 1],
        ['workflow:2', 2],
        ['agent:1', 3],
      ]),
    )
    expect(await cache.invalidate({ pattern: 'workflow:*' })).toMatchObject({ propagated: true })
    expect(await cache.getMany(['workflow:1', 'workflow:2', 'agent:1'])).toEqual(new Map([['agent:1', 3]]))
  })

  it('a pattern that deletes leaves nothing to stand in', async () => {
    await using cache = createCache({ tiers: [mapTier()], defaults: { grace: '1h' } })
    await cache.setMany(
      new Map([
        ['a:1', 1],
        ['b:1', 1],
      ]),
    )
    await cache.invalidate({ pattern: 'a:*' })
    await cache.invalidate({ pattern: 'b:*' }, { mode: 'delete' })
    const failing = () => Promise.reject(new Error('down'))
    expect(await cache.getOrSet('a:1', failing)).toBe(1)
    await expect(cache.getOrSet('b:1', failing)).rejects.toThrow('down')
  })

  it('W39: a version that moves takes what was written under the older one; the same version again does nothing', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const tagged = { tags: ['workflow:1'] }
    await cache.set('page', 'v1', tagged)
    await cache.set('page:12', 'v1', { tags: ['workflow:12'] })
    await cache.invalidate({ version: { of: 'workflow:1', is: 2 } })
    expect(await cache.get('page')).toBeUndefined()
    // By its whole name: "workflow:1" is not part of "workflow:12".
    expect(await cache.get('page:12')).toBe('v1')
    await cache.set('page', 'v2', tagged)
    await cache.invalidate({ version: { of: 'workflow:1', is: 2 } })
    await cache.invalidate({ version: { of: 'workflow:1', is: 1 } })
    expect(await cache.get('page')).toBe('v2')
  })

  it.each([{ of: '', is: 1 }, { of: 'a', is: -1 }, { of: 'a', is: 1.5 }, {}])(
    'refuses version %p',
    async version => {
      await using cache = createCache({ tiers: [mapTier()] })
      await expect(cache.invalidate({ version } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    },
  )
})

describe('namespace', () => {
  it('keeps keys, tags, patterns and clears apart', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const [a, b] = [cache.namespace('a'), cache.namespace('b')]
    for (const each of [cache, a, b]) {
      await each.set('key', each === cache ? 'root' : each === a ? 'a' : 'b', { tags: ['tag'] })
      await each.set('other:1', 1)
    }
    expect([await cache.get('key'), await a.get('key'), await b.get('key')]).toEqual(['root', 'a', 'b'])
    await a.invalidate({ tags: ['tag'] })
    await a.invalidate({ pattern: 'other:*' })
    expect([await cache.has('key'), await a.has('key'), await b.has('key')]).toEqual([true, false, true])
    expect([await cache.has('other:1'), await a.has('other:1'), await b.has('other:1')]).toEqual([
      true,
      false,
      true,
    ])
    await b.clear()
    expect([await cache.has('key'), await b.has('key')]).toEqual([true, false])
  })

  it('W37: two ways to write a name are two names', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    await cache.namespace('x:v1').set('y', 1)
    expect(await cache.namespace('x').namespace('v1').get('y')).toBeUndefined()
    expect(await cache.namespace('x').get('v1:y')).toBeUndefined()
    await cache.namespace('x*').set('y', 2)
    await cache.namespace('x*').clear()
    expect(await cache.namespace('x:v1').get('y')).toBe(1)
  })

  it('does all that a cache does', async () => {
    await using cache = createCache({ tiers: [mapTier(), leasedTier()] })
    const part = cache.namespace('part')
    const loadTagged = ({ configure }: LoadContext) => {
      configure({ tags: ['t'] })
      return 1
    }
    expect(await part.getOrSet('a', loadTagged)).toBe(1)
    expect(await part.getOrSetDetailed('a', () => 2)).toMatchObject({ value: 1 })
    expect(await part.getDetailed('a')).toMatchObject({ value: 1 })
    const many = await part.getOrSetMany(['a', 'b'], wanted => new Map(wanted.map(key => [key, key])))
    expect(many).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', 'b'],
      ]),
    )
    expect(await part.getMany(['a', 'b'])).toEqual(many)
    await part.setMany(new Map([['c', 3]]), { tags: ['t'] })
    await part.invalidate({ tags: ['t'] })
    expect(await part.getMany(['a', 'b', 'c'])).toEqual(new Map([['b', 'b']]))
    const slot = await part.claim<number>('c')
    if (slot.kind === 'found') throw new Error(slot.kind)
    await slot.set(4)
    expect(await part.get('c')).toBe(4)
    expect(await part.explain('c')).toMatchObject({ servedBy: 'map' })
    expect(await part.warm(['b', 'nothing'])).toMatchObject({ asked: 2, warmed: 1, absent: 1, done: true })
    await part.delete('c')
    expect(await part.has('c')).toBe(false)
    await part.invalidate({ version: { of: 't', is: 1 } })
    const failing = part.getOrSetMany(['b', 'd'], (_, { fail }) => {
      fail('d', 'down')
      return new Map()
    })
    await expect(failing).rejects.toMatchObject({ values: new Map([['b', 'b']]) })
  })

  it('refuses an empty prefix', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    expect(() => cache.namespace('')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('explain', () => {
  it('says what each tier holds and why it would be served or not', async () => {
    const clock = fakeClock()
    const shared = leasedTier({ clock })
    await using cache = createCache({
      tiers: [mapTier({ clock }), shared],
      clock,
      defaults: { ttl: '1m', grace: '1h' },
    })
    await cache.set('key', 1, { tags: ['t'] })
    const before = cache.analytics()
    expect(await cache.explain('key')).toMatchObject({
      servedBy: 'map',
      tiers: [
        { name: 'map', state: 'served', tags: ['t'], hasGrace: true },
        { name: 'shared', state: 'served' },
      ],
    })
    await cache.invalidate({ tags: ['t'] })
    expect(await cache.explain('key')).toMatchObject({
      servedBy: undefined,
      tiers: [{ state: 'invalidated' }, {}],
    })
    await clock.advance('2m')
    await cache.set('other', 1)
    await clock.advance('2m')
    expect(await cache.explain('other')).toMatchObject({
      tiers: [{ state: 'expired' }, { state: 'expired' }],
    })
    expect(await cache.explain('nothing')).toMatchObject({
      tiers: [{ state: 'absent' }, { state: 'absent' }],
    })
    expect(cache.analytics()).toMatchObject({ requests: before.requests, hits: before.hits })
  })
})

describe('health', () => {
  it('W36: says degraded when a tier is down, and touches no ratio', async () => {
    const held = heldTier({ name: 'disk' })
    await using cache = createCache({ tiers: [mapTier(), held], bus: memoryBus() })
    await cache.get('key')
    const before = cache.analytics()
    expect(await cache.health()).toMatchObject({
      state: 'healthy',
      reasons: [],
      tiers: [
        { name: 'map', state: 'up' },
        { name: 'disk', state: 'up' },
      ],
      coherence: { state: 'trusted', queued: 0 },
    })
    held.failing.add('set')
    expect(await cache.health()).toMatchObject({
      state: 'degraded',
      reasons: ['tier "disk" is down'],
      tiers: [{ state: 'up' }, { name: 'disk', state: 'down' }],
    })
    const { requests, hits, tiers } = cache.analytics()
    expect({ requests, hits }).toEqual({ requests: before.requests, hits: before.hits })
    expect(tiers.map(({ lookups }) => lookups)).toEqual(before.tiers.map(({ lookups }) => lookups))
  })

  it('says that a shared tier without a bus is alone, and that a closed cache is closed', async () => {
    const cache = createCache({ tiers: [mapTier(), leasedTier()] })
    expect((await cache.health()).coherence.state).toBe('alone')
    await cache.close()
    expect(await cache.health()).toMatchObject({ state: 'closed' })
  })
})

describe('drain', () => {
  it('waits for what goes on without a caller, and no longer than its deadline', async () => {
    const clock = fakeClock()
    await using cache = createCache({
      tiers: [mapTier({ clock })],
      clock,
      defaults: { ttl: '1s', grace: '1h' },
    })
    await cache.set('key', 'old')
    await clock.advance('2s')
    const held = deferred<string>()
    await cache.getOrSet('key', () => held.promise, { timeouts: { soft: 0 } })
    const late = cache.drain('1s')
    await clock.advance('1s')
    expect(await late).toEqual({ drained: false, left: 1 })
    const drained = cache.drain()
    held.resolve('new')
    expect(await drained).toEqual({ drained: true, left: 0 })
    expect(await cache.get('key')).toBe('new')
  })

  it('hands background work to the platform', async () => {
    const works: Promise<unknown>[] = []
    const clock = fakeClock()
    const waitUntil = (work: Promise<unknown>) => void works.push(work)
    await using cache = createCache({ tiers: [mapTier({ clock })], clock, waitUntil })
    await cache.set('key', 'old', { ttl: '1s', grace: '1h' })
    await clock.advance('2s')
    works.length = 0
    const held = deferred<string>()
    await cache.getOrSet('key', () => held.promise, { timeouts: { soft: 0 } })
    expect(works).toHaveLength(1)
    held.resolve('new')
    await Promise.all(works)
    expect(await cache.get('key')).toBe('new')
  })
})

describe('hot keys', () => {
  it('W34: are counted in bounded room, from a sample', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.set('hot', 1)
    const requests = 128_000
    for (let at = 0; at < requests; at += 1) {
      if (at % 100 === 0) await clock.advance(10)
      await cache.get(at % 4 === 0 ? `cold ${at}` : 'hot')
    }
    const [hottest, ...rest] = cache.hotKeys(1_000)
    expect(hottest?.key).toBe('hot')
    expect((hottest?.requests ?? 0) / requests).toBeCloseTo(0.75, 1)
    expect(hottest?.share).toBeGreaterThan(0.7)
    expect(hottest?.share).toBeLessThan(0.8)
    expect(rest.length).toBeLessThan(512)
    expect(() => cache.hotKeys(0)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('the loaders of a closed cache', () => {
  it('are aborted, and what waits rejects', async () => {
    const cache = createCache({ tiers: [mapTier()] })
    const many = cache.getOrSetMany(['a'], () => new Promise<ReadonlyMap<string, unknown>>(() => {}))
    many.catch(() => undefined)
    await turns()
    await cache.close()
    await expect(many).rejects.toMatchObject({ code: 'CLOSED' })
    for (const call of [cache.getMany(['a']), cache.explain('a'), cache.warm([]), cache.claim('a')])
      await expect(call).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
