/** Parts whose bounds are too far away to be reached through a cache, and their seams. */
import {
  createEntry,
  createLatencyRecorder,
  createNegativeEntry,
  type Entry,
  type InvalidationBus,
  systemClock,
} from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { describe, expect, it } from '@jest/globals'
import { createBackground } from '../src/background.ts'
import { createEmitter } from '../src/emitter.ts'
import { createCache } from '../src/index.ts'
import { observeTier } from '../src/observed-tier.ts'
import { inOrder } from '../src/ordered-tier.ts'
import { createReach } from '../src/reach.ts'
import { withSoloFills } from '../src/solo-fills.ts'
import { steadyBus } from '../src/steady-bus.ts'
import { createTierCounts } from '../src/tier-counts.ts'
import { createVouchers } from '../src/vouchers.ts'
import { turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('inOrder', () => {
  it('lets calls for one key take effect in their order, and others pass', async () => {
    const tier = heldTier()
    const ordered = inOrder(tier)
    const set = tier.hold('set')
    void ordered.set('a', createEntry(1))
    const removed = ordered.deleteMany(['a', 'b'])
    const other = ordered.set('c', createEntry(3))
    await other
    await turns()
    expect(tier.calls).toEqual(['set', 'set'])
    expect(await ordered.get('c')).toMatchObject({ value: 3 })
    const gone = [ordered.get('a'), ordered.clear(), ordered.get('c')]
    await turns()
    expect(tier.calls).toEqual(['set', 'set', 'get'])
    set.release()
    await removed
    expect(await Promise.all(gone)).toEqual([undefined, undefined, undefined])
    expect(tier.calls).toEqual(['set', 'set', 'get', 'deleteMany', 'get', 'clear', 'get'])
    await ordered.setMany(new Map([['d', createEntry(4)]]))
    expect([...(await ordered.getMany(['c', 'd'])).keys()]).toEqual(['d'])
  })

  it('drops a call whose caller left while it waited', async () => {
    const tier = heldTier()
    const ordered = inOrder(tier)
    const set = tier.hold('set')
    void ordered.set('a', createEntry(1))
    const left = new AbortController()
    const removed = Promise.resolve(ordered.deleteMany(['a'], left.signal))
    const outcome = expect(removed).rejects.toThrow('left')
    left.abort(new Error('left'))
    set.release()
    await outcome
    expect(tier.calls).toEqual(['set'])
  })

  it('goes on after a failure', async () => {
    const tier = heldTier()
    const ordered = inOrder(tier)
    tier.failing.add('set')
    const failed = Promise.resolve(ordered.set('a', createEntry(1)))
    const removed = ordered.deleteMany(['a'])
    await expect(failed).rejects.toThrow('made to fail')
    await removed
  })

  it('leaves a synchronous tier synchronous', () => {
    const ordered = inOrder(mapTier())
    expect(ordered.set('a', createEntry(1))).toBeUndefined()
    expect(ordered.get('a')).toMatchObject({ value: 1 })
    expect(ordered.deleteMany(['a'])).toBeUndefined()
    expect(ordered.clear()).toBeUndefined()
  })
})

describe('leases of this process alone', () => {
  it('are held by whoever claimed last, and taken away by what changes the key', async () => {
    const map = mapTier({ scope: 'shared' })
    const tier = withSoloFills(map)
    const claim = async () => {
      const claimed = (await tier.fills?.claim(['key'], { forMs: 1 }))?.get('key')
      return claimed?.kind === 'granted' ? claimed.token : ''
    }
    const fill = (token: string, value: unknown) => tier.fills?.fill('key', createEntry(value), token)
    const [first, second] = [await claim(), await claim()]
    expect([await tier.fills?.renew(first), await tier.fills?.renew(second)]).toEqual([false, true])
    expect([await fill(first, 1), await fill(second, 2), await fill(second, 3)]).toEqual([false, true, false])
    expect(map.get('key')?.value).toBe(2)
    const changes = [
      () => tier.deleteMany(['key']),
      () => tier.invalidateMany(['key']),
      () => tier.clear(),
      () => tier.fills?.write('key', createEntry(4)),
      () => tier.fills?.bury('key', 1),
    ]
    for (const change of changes) {
      const token = await claim()
      await change()
      expect(await fill(token, 'late')).toBe(false)
    }
    const last = await claim()
    await tier.fills?.release(last)
    expect(await fill(last, 'late')).toBe(false)
  })

  it('let a load that found nothing take the value away, and nobody sweep by pattern', async () => {
    const map = mapTier({ scope: 'shared' })
    const { fills } = withSoloFills(map)
    map.set('key', createEntry(1))
    const claimed = (await fills?.claim(['key'], { forMs: 1 }))?.get('key')
    const token = claimed?.kind === 'granted' ? claimed.token : ''
    expect(await fills?.fill('key', createNegativeEntry({ ttl: 1 }), token)).toBe(true)
    expect(map.entries.size).toBe(0)
    const before = { history: 'h', sequence: 1 }
    map.set('key', createEntry(1))
    await expect(fills?.sweep({ pattern: '*' }, before)).rejects.toThrow('pattern')
    await fills?.sweep({ all: true }, before)
    expect(map.entries.size).toBe(0)
  })
})

describe('vouchers (law 5)', () => {
  it('speak for the entry that was put, and for so many keys only', () => {
    const vouchers = createVouchers(2)
    const entry = { ...createEntry(1), checkedAt: 5 }
    const { checkedAt: _, ...read } = entry
    for (const key of ['a', 'b', 'c']) vouchers.put(key, entry)
    const checked = (key: string, seen = read) => vouchers.vouch(key, seen).checkedAt
    expect([checked('a'), checked('b'), checked('c')]).toEqual([undefined, 5, 5])
    expect(checked('b', { ...read, createdAt: read.createdAt - 1 })).toBeUndefined()
    vouchers.drop(['b'])
    vouchers.put('d', read)
    expect([checked('b'), checked('d'), checked('c')]).toEqual([undefined, undefined, 5])
    vouchers.clear()
    expect(checked('c')).toBeUndefined()
  })

  it('make a disk useful that forgets what was checked, and only for what this process put there', async () => {
    const disk = heldTier({ name: 'disk', scope: 'process' })
    const forget = (key: string) => {
      const { checkedAt: _, ...rest } = disk.map.entries.get(key) as Entry
      disk.map.entries.set(key, rest)
    }
    const { bus } = networkBus()
    const memory = mapTier()
    await using cache = createCache({ tiers: [memory, disk], bus })
    await cache.getOrSet('mine', () => 'mine')
    await turns()
    disk.map.set('theirs', { ...createEntry('theirs'), stamp: bus.sync().known })
    forget('mine')
    memory.entries.clear()
    expect([await cache.get('mine'), await cache.get('theirs')]).toEqual(['mine', undefined])
    await cache.delete('mine')
    expect(await cache.get('mine')).toBeUndefined()
  })
})

describe('a steady bus', () => {
  it('that loses nothing is trusted for ever, and is asked for no lease', async () => {
    const inner = memoryBus()
    const bus = steadyBus(inner, systemClock)
    expect(bus.ownHistory).toBe(inner.sync().known.history)
    const before = bus.sync()
    expect(before).toMatchObject({ trustedSince: Number.POSITIVE_INFINITY, leaseMs: 0 })
    expect(bus.sync()).toBe(before)
    await inner.publish({ mode: 'delete', keys: ['key'] })
    expect(bus.sync().applied.sequence).toBe(1)
    await inner.close()
    expect(bus.sync().applied.sequence).toBe(1)
    await bus.close()
  })

  it('over a network tells what that says, and stands still once it is closed', async () => {
    const { bus: inner, setTrust } = networkBus()
    const bus = steadyBus(inner, systemClock)
    expect(bus.ownHistory).toBeUndefined()
    setTrust(7)
    expect(bus.sync()).toMatchObject({ trustedSince: 7, leaseMs: 60_000 })
    await inner.close()
    expect(bus.sync().trustedSince).toBe(7)
    await bus.close()
  })
})

describe('an observed tier', () => {
  it('leaves out copies that a stuck tier cannot take (law 5)', async () => {
    const disk = heldTier({ name: 'disk', scope: 'process' })
    const clock = systemClock
    const emitter = createEmitter('test', undefined)
    const latency = createLatencyRecorder()
    const counts = createTierCounts({ tier: 'disk', local: false, clock, latency, emitter })
    const background = createBackground()
    const company = { emitter, background, reach: createReach(), ownHistory: undefined }
    const tier = observeTier({ ...company, tier: inOrder(disk), counts })
    const held = disk.hold('set')
    for (let index = 0; index < 2_000; index += 1) void tier.set('key', createEntry(index))
    held.release()
    await background.idle()
    expect(disk.map.entries.get('key')?.value).toBe(1_023)
  })
})

describe('reach', () => {
  it('is of the first calls with a list, and of that list only', async () => {
    const reach = createReach()
    const keys = ['a']
    const removal = reach.watch(keys)
    reach.note(keys, 'memory', true)
    reach.note(keys, 'redis', Promise.resolve(false))
    reach.note(keys, 'redis', true)
    reach.note(['a'], 'disk', false)
    expect(await removal.unreached()).toEqual(['redis'])
  })
})

/** A memory bus that says it is one over a network: what it tells is trusted for a while only. */
function networkBus() {
  const inner = memoryBus()
  let trust = Date.now() + 3_600_000
  const bus: InvalidationBus = {
    contract: inner.contract,
    publish: (invalidation, from) => inner.publish(invalidation, from),
    subscribe: listener => inner.subscribe(listener),
    watch: listener => inner.watch(listener),
    sync: () => ({ ...inner.sync(), trustedSince: trust, leaseMs: 60_000 }),
    resume: after => inner.resume(after),
    rules: (since, tags) => inner.rules(since, tags),
    retire: rule => inner.retire(rule),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  }
  const setTrust = (at: number) => {
    trust = at
  }
  return { bus, setTrust }
}
