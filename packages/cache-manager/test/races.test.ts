/** The races by name, as single interleavings. What is common: once an invalidation is acknowledged, the old value is gone. */
import { createEntry, type Frame, type InvalidationBus } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { type Cache, createCache } from '../src/index.ts'
import { heldLoader, turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { mapTier } from './support/map-tier.ts'

const invalidators: readonly [string, (cache: Cache) => Promise<unknown>][] = [
  ['delete', cache => cache.delete('key')],
  ['invalidate by key', cache => cache.invalidate({ keys: ['key'] })],
  ['invalidate by tag', cache => cache.invalidate({ tags: ['tag'] })],
  ['clear', cache => cache.clear()],
]
const tagged = { tags: ['tag'] }

describe.each(invalidators)('%s', (name, invalidate) => {
  const byTag = name === 'invalidate by tag'

  it('C1: what was loaded before it is given to those who waited, and to nobody else', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load, tagged)
    await old.reached
    await invalidate(cache)
    old.resolve('old')
    expect(await early).toBe('old')
    await turns()
    // Its tags are learnt by the load: what it stored under them is told by its stamp.
    const stored = byTag ? 1 : 0
    expect([memory.entries.size, slow.map.entries.size]).toEqual([stored, stored])
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new', tagged)).toBe('new')
  })

  it('C6: a caller after it never joins a load begun before it', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load, tagged)
    await old.reached
    await invalidate(cache)
    const late = cache.getOrSet('key', () => 'new', tagged)
    expect(await late).toBe('new')
    old.resolve('old')
    expect(await early).toBe('old')
    // By tag, the old value may take the place of the new one; it is served to nobody.
    expect(await cache.get('key')).toBe(byTag ? undefined : 'new')
  })

  it('C1: leaves nothing old behind, at whatever step of the landing it comes', async () => {
    for (let step = 0; step < 20; step += 1) {
      const [memory, slow] = [mapTier(), heldTier()]
      await using cache = createCache({ tiers: [memory, slow] })
      const old = heldLoader<string>()
      const early = cache.getOrSet('key', old.load, tagged)
      await old.reached
      old.resolve('old')
      for (let passed = 0; passed < step; passed += 1) await undefined
      await invalidate(cache)
      await early
      await turns()
      expect({ step, value: await cache.get('key') }).toEqual({ step, value: undefined })
      memory.entries.clear()
      expect({ step, value: await cache.get('key') }).toEqual({ step, value: undefined })
    }
  })

  it('C1: overtakes a fill on its way to a slow tier', async () => {
    const slow = heldTier()
    await using cache = createCache({ tiers: [mapTier(), slow] })
    const fill = slow.hold('set')
    await cache.getOrSet('key', () => 'old', tagged)
    await fill.reached
    const acknowledged = invalidate(cache)
    await turns()
    fill.release()
    await acknowledged
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new', tagged)).toBe('new')
  })

  it('C2, C3: what a slow tier answered before it is not promoted after it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow], guard: false })
    await cache.getOrSet('key', () => 'old', tagged)
    await turns()
    memory.entries.clear()
    const reply = slow.hold('get', 'after')
    const early = cache.get('key')
    await reply.reached
    await invalidate(cache)
    reply.release()
    await early
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new', tagged)).toBe('new')
  })

  it('C2: a caller after it does not join a look-up begun before it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    await cache.getOrSet('key', () => 'old', tagged)
    await turns()
    memory.entries.clear()
    const reply = slow.hold('get', 'after')
    const early = cache.getOrSet('key', () => 'early', tagged)
    await reply.reached
    await invalidate(cache)
    const late = cache.getOrSet('key', () => 'new', tagged)
    reply.release()
    await early
    expect(await late).not.toBe('old')
  })
})

describe('while a delete is under way', () => {
  it('a slow tier that has not deleted yet is not asked: nothing old comes back from it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    await cache.set('key', 'old')
    const deletion = slow.hold('deleteMany')
    const acknowledged = cache.delete('key')
    await deletion.reached
    expect(await cache.get('key')).toBeUndefined()
    deletion.release()
    await acknowledged
    expect(memory.entries.size).toBe(0)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('the first of two deletes to end does not vouch for the second', async () => {
    const slow = heldTier()
    await using cache = createCache({ tiers: [mapTier(), slow] })
    const [first, second] = [slow.hold('deleteMany'), slow.hold('deleteMany')]
    const one = cache.delete('key')
    const two = cache.delete('key')
    await first.reached
    first.release()
    await one
    await slow.map.set('key', createEntry('written by another before the second delete'))
    expect(await cache.get('key')).toBeUndefined()
    second.release()
    await two
    expect(await cache.get('key')).toBeUndefined()
  })

  it('a load begun after it is kept in this process: in the shared tier the delete is still to come', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    const deletion = slow.hold('deleteMany')
    const acknowledged = cache.delete('key')
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
    deletion.release()
    await acknowledged
    await turns()
    expect([memory.get('key')?.value, slow.map.get('key')]).toEqual(['new', undefined])
    expect(await cache.get('key')).toBe('new')
  })
})

describe('set', () => {
  it('C1: a load begun before it does not overwrite it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load)
    await old.reached
    await cache.set('key', 'new')
    old.resolve('old')
    await early
    await turns()
    expect([memory.get('key')?.value, slow.map.get('key')?.value]).toEqual(['new', 'new'])
  })

  it.each([
    ['before', 'after'],
    ['after', 'before'],
  ])('a load begun while it is under way is stored nowhere: it ends %s the load does', async ended => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    const write = slow.hold('set')
    const setting = cache.set('key', 'set')
    await write.reached
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load)
    await old.reached
    const endSet = async () => {
      write.release()
      await setting
      expect(await cache.getOrSet('key', () => 'later')).toBe('set')
    }
    if (ended === 'before') await endSet()
    old.resolve('old')
    expect(await early).toBe('old')
    await turns()
    if (ended === 'after') await endSet()
    await turns()
    expect([memory.get('key')?.value, slow.map.get('key')?.value]).toEqual(['set', 'set'])
  })

  it('a load begun while it was under way is not joined after it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    const write = slow.hold('set')
    const setting = cache.set('key', 'set')
    await write.reached
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load)
    await old.reached
    write.release()
    await setting
    memory.entries.clear()
    slow.map.entries.clear()
    expect(await cache.getOrSet('key', () => 'newer')).toBe('newer')
    old.resolve('old')
    await early
    await turns()
    expect([memory.get('key')?.value, slow.map.get('key')?.value]).toEqual(['newer', 'newer'])
  })

  it('what a look-up finds while it is under way is not promoted over it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    const disk = heldTier({ name: 'disk', scope: 'process' })
    await using cache = createCache({ tiers: [memory, slow, disk], guard: false })
    const write = slow.hold('set')
    const setting = cache.set('key', 'set')
    await write.reached
    await turns()
    disk.map.set('key', createEntry('old'))
    const answer = disk.hold('get', 'after')
    const early = cache.get('key')
    await answer.reached
    write.release()
    await setting
    answer.release()
    expect(await early).toBe('old')
    await turns()
    expect(memory.get('key')?.value).toBe('set')
  })

  it('of two at once the last to call wins, whichever ends first; memory may have to ask for it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    const write = slow.hold('set')
    const first = cache.set('key', 1)
    const second = cache.set('key', 2)
    await write.reached
    await turns()
    write.release()
    await Promise.all([first, second])
    expect([memory.get('key'), slow.map.get('key')?.value]).toEqual([undefined, 2])
    expect(await cache.get('key')).toBe(2)
  })

  it.each(invalidators.filter(([name]) => name !== 'invalidate by tag'))(
    'leaves its value nowhere when %s overtook it',
    async (_, invalidate) => {
      const [memory, slow] = [mapTier(), heldTier()]
      await using cache = createCache({ tiers: [memory, slow] })
      const write = slow.hold('set')
      const setting = cache.set('key', 'overtaken')
      await write.reached
      const acknowledged = invalidate(cache)
      write.release()
      await Promise.all([setting, acknowledged])
      expect(await cache.get('key')).toBeUndefined()
    },
  )

  it('leaves nothing older in memory when it was overtaken', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    await cache.set('key', 1)
    const [first, second] = [slow.hold('set'), slow.hold('set')]
    const two = cache.set('key', 2)
    const three = cache.set('key', 3)
    await first.reached
    first.release()
    await two
    expect(await cache.get('key')).not.toBe(1)
    second.release()
    await three
    expect(await cache.get('key')).toBe(3)
  })

  it('C11: its own echo does not drop what it stored', async () => {
    const memory = mapTier()
    await using cache = createCache({ tiers: [memory, heldTier()] })
    for (let round = 0; round < 200; round += 1) {
      await cache.invalidate({ keys: ['key'] })
      await cache.set('key', round)
      expect(memory.get('key')?.value).toBe(round)
    }
  })

  it('C11: nor does an echo that comes late', async () => {
    const memory = mapTier()
    const { bus, deliver } = lateBus()
    await using cache = createCache({ tiers: [memory], bus })
    await cache.set('key', 'mine')
    deliver()
    expect(memory.get('key')?.value).toBe('mine')
    await bus.publish({ mode: 'delete', keys: ['key'] })
    deliver()
    expect(memory.get('key')).toBeUndefined()
  })
})

describe('two caches on one bus', () => {
  it('each drops its private copies of what the other sets, deletes and clears', async () => {
    const bus = memoryBus()
    const [here, there, shared] = [mapTier(), mapTier(), heldTier()]
    await using one = createCache({ tiers: [here, shared], bus, keepOpen: true })
    await using two = createCache({ tiers: [there, shared], bus, keepOpen: true })
    const read = () => two.getOrSet('key', () => 'loaded')
    await one.set('key', 1)
    expect(await read()).toBe(1)
    await one.set('key', 2)
    expect(await read()).toBe(2)
    await one.delete('key')
    expect(await read()).toBe('loaded')
    expect(there.entries.size).toBe(1)
    await one.clear()
    expect(there.entries.size).toBe(0)
    expect(two.analytics().invalidations).toEqual({ own: 0, other: 4 })
    await bus.close()
  })

  it('a frame overtakes the load of the other: it is neither stored nor joined', async () => {
    const bus = memoryBus()
    const there = mapTier()
    await using one = createCache({ tiers: [mapTier()], bus, keepOpen: true })
    await using two = createCache({ tiers: [there], bus, keepOpen: true })
    const old = heldLoader<string>()
    const early = two.getOrSet('key', old.load)
    await old.reached
    await one.delete('key')
    expect(await two.getOrSet('key', () => 'new')).toBe('new')
    old.resolve('old')
    await early
    expect(await two.get('key')).toBe('new')
  })

  it('a pattern takes what it names with it, and nothing else', async () => {
    const bus = memoryBus()
    await using cache = createCache({ tiers: [mapTier()], bus })
    await cache.set('user:1', 1)
    await cache.set('flow:1', 2)
    await bus.publish({ mode: 'invalidate', pattern: 'user:*' })
    expect([await cache.get('user:1'), await cache.get('flow:1')]).toEqual([undefined, 2])
    expect(await cache.getOrSet('user:1', () => 3)).toBe(3)
    expect(await cache.get('user:1')).toBe(3)
  })
})

describe('tags', () => {
  it('C12: an invalidation while the load runs covers tags of the entry', async () => {
    const slow = heldTier()
    await using cache = createCache({ tiers: [slow] })
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load, { tags: ['a', 'b'] })
    await old.reached
    await cache.invalidate({ tags: ['b'] })
    old.resolve('old')
    await early
    expect(await cache.get('key')).toBeUndefined()
  })

  it('C12: so does one that the bus has counted but not delivered when the load ends', async () => {
    const { bus, deliver } = lateBus()
    await using cache = createCache({ tiers: [mapTier()], bus })
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load, tagged)
    await old.reached
    await bus.publish({ mode: 'invalidate', tags: ['tag'] })
    old.resolve('old')
    await early
    deliver()
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new', tagged)).toBe('new')
    expect(await cache.get('key')).toBe('new')
  })

  it('C6: compares the tags of the caller as well, where those of the flight say nothing', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const old = heldLoader<string>()
    const early = cache.getOrSet('key', old.load)
    await old.reached
    await cache.invalidate({ tags: ['tag'] })
    expect(await cache.getOrSet('key', () => 'new', tagged)).toBe('new')
    old.resolve('old')
    await early
  })

  it('leaves the loads of other tags alone', async () => {
    await using cache = createCache({ tiers: [mapTier()] })
    const { load, reached, resolve, calls } = heldLoader<string>()
    const early = cache.getOrSet('key', load, tagged)
    await reached
    await cache.invalidate({ tags: ['other'] })
    const late = cache.getOrSet('key', load, tagged)
    resolve('value')
    expect([await early, await late, calls()]).toEqual(['value', 'value', 1])
  })

  it('takes a tagged entry of an earlier life for stale, and one without tags for good', async () => {
    const slow = heldTier()
    const clock = fakeClock()
    await using before = createCache({ tiers: [slow], keepOpen: true, clock })
    await before.set('tagged', 'old', tagged)
    await before.set('plain', 'old')
    await before.close()
    await using after = createCache({ tiers: [slow], clock })
    expect([await after.get('tagged'), await after.get('plain')]).toEqual([undefined, 'old'])
  })
})

describe('C15: standing in for a load that fails', () => {
  const failing = () => Promise.reject(new Error('no database'))
  const graceful = { ttl: '1m', grace: '1h', tags: ['tag'] } as const

  it.each([
    ['invalidate by key', (cache: Cache) => cache.invalidate({ keys: ['key'] })],
    ['invalidate by tag', (cache: Cache) => cache.invalidate({ tags: ['tag'] })],
  ])('%s allows it within grace, and only for a failed load', async (_, invalidate) => {
    await using cache = createCache({ tiers: [mapTier(), heldTier()] })
    await cache.set('key', 'old', graceful)
    await invalidate(cache)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', failing)).toBe('old')
    expect(cache.analytics().staleServed).toBe(1)
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
  })

  it('a load that found nothing forbids it', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    await cache.set('key', 'old', graceful)
    await cache.invalidate({ keys: ['key'] })
    expect(await cache.getOrSet('key', () => undefined)).toBeUndefined()
    await turns()
    await expect(cache.getOrSet('key', failing)).rejects.toThrow('no database')
    expect([memory.entries.size, slow.map.entries.size]).toEqual([0, 0])
  })

  it('a load that found nothing removes nothing that was set meanwhile', async () => {
    const [memory, slow] = [mapTier(), heldTier()]
    await using cache = createCache({ tiers: [memory, slow] })
    await cache.set('key', 'old', graceful)
    await cache.invalidate({ keys: ['key'] })
    const { load, reached, resolve } = heldLoader<undefined>()
    const early = cache.getOrSet('key', load)
    await reached
    await cache.set('key', 'new')
    resolve(undefined)
    await early
    await turns()
    expect([memory.get('key')?.value, slow.map.get('key')?.value]).toEqual(['new', 'new'])
  })

  it('delete forbids it', async () => {
    await using cache = createCache({ tiers: [mapTier(), heldTier()] })
    await cache.set('key', 'old', graceful)
    await cache.delete('key')
    await expect(cache.getOrSet('key', failing)).rejects.toThrow('no database')
  })

  it('delete forbids it to a load under way', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.set('key', 'old', graceful)
    await clock.advance('2m')
    const { load, reached, reject } = heldLoader<string>()
    const caller = cache.getOrSet('key', load)
    const outcome = expect(caller).rejects.toThrow('no database')
    await reached
    await cache.delete('key')
    reject(new Error('no database'))
    await outcome
  })

  it('counts every caller that was given the stale value', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.set('key', 'old', graceful)
    await clock.advance('2m')
    const { load, reached, reject } = heldLoader<string>()
    const callers = [1, 2, 3].map(() => cache.getOrSet('key', load))
    await reached
    reject(new Error('no database'))
    expect(await Promise.all(callers)).toEqual(['old', 'old', 'old'])
    expect(cache.analytics().staleServed).toBe(3)
  })

  it('ends with grace, and needs it: invalidated early without grace, nothing stands in', async () => {
    const clock = fakeClock()
    await using cache = createCache({ tiers: [mapTier({ clock })], clock })
    await cache.set('plain', 'old')
    await cache.invalidate({ keys: ['plain'] })
    await expect(cache.getOrSet('plain', failing)).rejects.toThrow('no database')
    await cache.set('key', 'old', graceful)
    await clock.advance('61m')
    await expect(cache.getOrSet('key', failing)).rejects.toThrow('no database')
  })
})

/** A bus that counts and answers at once, but delivers its frames when told. */
function lateBus(): { bus: InvalidationBus; deliver: () => void } {
  const inner = memoryBus()
  const listeners = new Set<(frame: Frame) => void>()
  const waiting: Frame[] = []
  let applied = inner.sync().applied
  inner.subscribe(frame => waiting.push(frame))
  const bus: InvalidationBus = {
    contract: inner.contract,
    publish: (invalidation, from) => inner.publish(invalidation, from),
    subscribe: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    sync: () => ({ ...inner.sync(), applied }),
    watch: listener => inner.watch(listener),
    resume: after => inner.resume(after),
    rules: (since, tags) => inner.rules(since, tags),
    retire: rule => inner.retire(rule),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  }
  const deliver = () => {
    for (const frame of waiting.splice(0)) {
      applied = frame.stamp
      for (const listener of listeners) listener(frame)
    }
  }
  return { bus, deliver }
}
