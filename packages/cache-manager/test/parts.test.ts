/** Parts whose bounds are too far away to be reached through a cache. */
import { createEntry, createLatencyRecorder, type InvalidationBus, systemClock } from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { describe, expect, it } from '@jest/globals'
import { createBackground } from '../src/background.ts'
import { createDoubts } from '../src/doubts.ts'
import { createEchoes } from '../src/echoes.ts'
import { createEmitter } from '../src/emitter.ts'
import { createGate } from '../src/gate.ts'
import { createGates } from '../src/gates.ts'
import { createKeys } from '../src/keys.ts'
import { checkCacheOptions } from '../src/options.ts'
import { inOrder } from '../src/ordered-tier.ts'
import { createTierCounts } from '../src/tier-counts.ts'
import { turns } from './support/deferred.ts'
import { heldTier } from './support/held-tier.ts'
import { mapTier } from './support/map-tier.ts'

describe('doubts (law 5)', () => {
  it('cover everything once there are too many', () => {
    const doubts = createDoubts(2)
    doubts.raise(['a', 'b'])
    expect([doubts.has('a'), doubts.has('c'), doubts.everything]).toEqual([true, false, false])
    doubts.raise(['c'])
    expect([doubts.has('z'), doubts.everything]).toEqual([true, true])
    doubts.settleAll(doubts.latest)
    expect(doubts.none).toBe(true)
  })

  it('that do not fit last as long as their change, and for ever only if it fails', () => {
    const doubts = createDoubts(2)
    const small = doubts.raise(['a'])
    const [large, larger] = [doubts.raise(['b', 'c', 'd']), doubts.raise(['e', 'f', 'g'])]
    expect([doubts.has('z'), doubts.needsClear]).toEqual([true, false])
    doubts.conclude(['b', 'c', 'd'], large, true)
    expect([doubts.has('z'), doubts.needsClear]).toEqual([true, false])
    doubts.conclude(['e', 'f', 'g'], larger, true)
    expect([doubts.has('z'), doubts.has('a'), doubts.needsDelete('a')]).toEqual([false, true, false])
    doubts.conclude(['a'], small, false)
    expect([doubts.has('a'), doubts.needsDelete('a')]).toEqual([true, true])
    doubts.conclude(['b', 'c', 'd'], doubts.raise(['b', 'c', 'd']), false)
    expect([doubts.has('z'), doubts.needsClear]).toEqual([true, true])
  })

  it('are settled by what began after them only', () => {
    const doubts = createDoubts(10)
    const first = doubts.raise(['a'])
    const second = doubts.raise(['a'])
    doubts.settle(['a'], first)
    expect(doubts.has('a')).toBe(true)
    doubts.settle(['a'], second)
    expect(doubts.none).toBe(true)
    const clear = doubts.raiseAll()
    const third = doubts.raise(['a'])
    doubts.settleAll(clear)
    expect([doubts.everything, doubts.has('a')]).toEqual([false, true])
    doubts.settle(['a'], third)
    expect(doubts.none).toBe(true)
  })
})

describe('a gate', () => {
  it('bypasses its tier once too many deletes have failed, and heals by a clear', async () => {
    const tier = heldTier()
    const background = createBackground()
    const emitter = createEmitter('test', undefined)
    const clock = systemClock
    const counts = createTierCounts({ tier: 'slow', clock, latency: createLatencyRecorder(), emitter })
    const gate = createGate({ tier, counts, clock, emitter, background, maxDoubts: 100 })
    await tier.map.set('kept', createEntry(1))
    tier.failing.add('deleteMany')
    for (let index = 0; index <= 100; index += 1) await gate.remove([`key ${index}`], 'delete')
    expect(gate.bypassed).toBe(true)
    expect(await gate.fill('kept', createEntry(2))).toBe(false)
    expect(gate.trusts('kept')).toBe(false)
    await background.idle()
    expect([gate.bypassed, gate.trusts('kept'), tier.map.entries.size]).toEqual([false, true, 0])
  })

  it('leaves the other keys of its tier alone when it deletes more than it can doubt', async () => {
    const tier = heldTier()
    const background = createBackground()
    const emitter = createEmitter('test', undefined)
    const clock = systemClock
    const counts = createTierCounts({ tier: 'slow', clock, latency: createLatencyRecorder(), emitter })
    const gate = createGate({ tier: inOrder(tier), counts, clock, emitter, background, maxDoubts: 10 })
    await tier.map.set('kept', createEntry(1))
    const held = tier.hold('deleteMany')
    const removed = gate.remove(
      Array.from({ length: 11 }, (_, index) => `key ${index}`),
      'delete',
    )
    expect([gate.trusts('kept'), gate.trusts('key 3'), gate.bypassed]).toEqual([false, false, false])
    held.release()
    expect(await removed).toBe(true)
    await background.idle()
    expect([gate.trusts('kept'), tier.map.entries.size]).toEqual([true, 1])
    expect(tier.calls).toEqual(['deleteMany'])
  })

  it('closes its guard where it leaves the tier open', async () => {
    const tier = heldTier({ guarded: false })
    const settings = checkCacheOptions({ tiers: [tier], keepOpen: true })
    const [gate] = createGates(settings, createEmitter('test', undefined), createBackground())
    await gate?.close()
    expect(await gate?.read('key')).toBeUndefined()
    expect([tier.map.closed, tier.calls, gate?.counts.failures]).toEqual([false, [], 1])
  })

  it('leaves out fills that a stuck tier cannot take', async () => {
    const tier = heldTier()
    const emitter = createEmitter('test', undefined)
    const clock = systemClock
    const counts = createTierCounts({ tier: 'slow', clock, latency: createLatencyRecorder(), emitter })
    const gate = createGate({ tier: inOrder(tier), counts, clock, emitter, background: createBackground() })
    const held = tier.hold('set')
    const fills = Array.from({ length: 2_000 }, () => gate.fill('key', createEntry(1)))
    held.release()
    const stored = (await Promise.all(fills)).filter(Boolean)
    expect(stored).toHaveLength(1_024)
  })
})

describe('keys (law 5)', () => {
  it('have no state when nothing is under way', () => {
    const keys = createKeys()
    const state = keys.hold('a')
    expect(keys.hold('a')).toBe(state)
    keys.overtake('a', 'delete')
    keys.overtake('b', 'delete')
    expect(state.generation).toBe(1)
    keys.release('a', state)
    expect(keys.hold('a')).toBe(state)
    keys.release('a', state)
    keys.release('a', state)
    expect(keys.hold('a')).not.toBe(state)
  })
})

describe('inOrder', () => {
  it('lets changes of one key take effect in the order of the calls, and others pass', async () => {
    const tier = heldTier()
    const ordered = inOrder(tier)
    const set = tier.hold('set')
    void ordered.set('a', createEntry(1))
    const removed = ordered.deleteMany(['a', 'b'])
    const other = ordered.set('c', createEntry(3))
    await other
    await turns()
    expect(tier.calls).toEqual(['set', 'set'])
    const cleared = ordered.clear()
    await ordered.get('c')
    set.release()
    await removed
    await cleared
    expect(tier.calls).toEqual(['set', 'set', 'get', 'deleteMany', 'clear'])
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

describe('echoes', () => {
  it('are the frame during the call, or the one with the stamp of the answer, and no other', async () => {
    const bus = memoryBus()
    const echoes = createEchoes()
    const recognised: boolean[] = []
    bus.subscribe(frame => recognised.push(echoes.recognise(frame)))
    for (const target of [{ keys: ['a'] }, { tags: ['a'] }, { pattern: 'a*' }, { all: true }] as const)
      await echoes.publish(bus, { mode: 'delete', ...target })
    await bus.publish({ mode: 'delete', keys: ['a'] })
    expect(recognised).toEqual([true, true, true, true, false])
  })

  it('remember a bounded number of answers', async () => {
    const echoes = createEchoes()
    let sequence = 0
    const silent = {
      publish: async () => ({ stamp: { history: 'h', sequence: ++sequence }, propagated: true }),
      sync: () => ({ applied: { history: 'h', sequence: 0 } }),
    } as unknown as InvalidationBus
    const invalidation = { mode: 'delete', keys: ['a'] } as const
    for (let index = 0; index < 1_025; index += 1) await echoes.publish(silent, invalidation)
    const heard = (at: number) =>
      echoes.recognise({ stamp: { history: 'h', sequence: at }, invalidation, own: true })
    expect([heard(1), heard(2), heard(2), heard(1_025)]).toEqual([false, true, false, true])
  })
})
