/** What a cache over the engine needs beside reads and writes: a way without promises, counts, and what it knows beforehand. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import type { EngineObserver, LoadContext } from '../../src/coherence/index.ts'
import { engineOver, failing, loadOf, slowLoad } from '../support/engine-setup.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryTier } from '../support/memory-tier.ts'

const key = 'user:1'

describe('peek', () => {
  it('has what the first tier holds and may be served, and says what it holds instead', async () => {
    const { engine } = await engineOver()
    expect(engine.peek(key)).toEqual({ standIns: [] })
    await engine.getOrSet(key, loadOf('a', { options: { grace: 1_000 } }))
    expect(engine.peek(key)).toMatchObject({ value: 'a' })
    await engine.invalidate({ mode: 'invalidate', keys: [key] })
    expect(engine.peek(key)).toMatchObject({ standIns: [{ entry: { value: 'a' }, blemish: 'invalidate' }] })
  })

  it('does not serve what nothing vouches for: the read that follows asks further', async () => {
    const { engine, bus, clock } = await engineOver()
    await engine.getOrSet(key, loadOf('a'))
    bus.trustedSince = clock.now()
    await clock.advance(bus.leaseMs + 1)
    const missed = engine.peek(key)
    expect(missed).toMatchObject({ standIns: [{ blemish: 'unverified' }] })
  })

  it('is a miss where the tier fails, and no answer where it takes its time or is shared', async () => {
    const { engine, near } = await engineOver()
    near.down = true
    expect(engine.peek(key)).toEqual({ standIns: [] })
    const clock = new ManualClock()
    const slow = Object.assign(new MemoryTier(clock), { get: async () => undefined })
    const { engine: patient } = await engineOver({ tiers: [slow] })
    expect(patient.peek(key)).toBe(undefined)
    const { far } = await engineOver()
    const { engine: sharing } = await engineOver({ tiers: [far] })
    expect(sharing.peek(key)).toBe(undefined)
  })

  it('spares the read of the same turn the first tier, and leaves it what may stand in', async () => {
    const { engine, near } = await engineOver()
    await engine.getOrSet(key, loadOf('a', { options: { grace: 1_000 } }))
    await setImmediate()
    await engine.invalidate({ mode: 'invalidate', keys: [key] })
    const asked = jest.spyOn(near, 'get')
    const missed = engine.peek(key)
    if (missed === undefined || !('standIns' in missed)) throw new Error('a hit')
    const answer = await engine.getOrSet(key, failing, { missed })
    expect(answer).toMatchObject({ stale: 'failed', source: 'near', entry: { value: 'a' } })
    expect(asked).toHaveBeenCalledTimes(1)
    await engine.get(key, { missed })
    expect(asked).toHaveBeenCalledTimes(1)
  })
})

describe('the observer', () => {
  it('is told each look-up, who joined, and what others invalidated', async () => {
    const told: unknown[] = []
    const observer: EngineObserver = {
      lookedUp: (tier, outcome) => told.push(`${tier} ${outcome}`),
      joined: () => told.push('joined'),
      heard: invalidation => told.push(invalidation),
    }
    const { engine, bus } = await engineOver({ observer })
    const { load, landings } = slowLoad()
    const callers = [engine.getOrSet(key, load), engine.getOrSet(key, load)]
    await setImmediate()
    landings[0]?.land({ value: 'a' })
    await Promise.all(callers)
    await setImmediate()
    await engine.getOrSet(key, load)
    const foreign = { mode: 'invalidate', keys: [key] } as const
    bus.tell(foreign)
    await engine.invalidate({ mode: 'delete', keys: [key] })
    await engine.get(key)
    expect(told).toEqual([
      'near miss',
      'near miss',
      'joined',
      'far miss',
      'near fresh',
      foreign,
      'near miss',
      'far miss',
    ])
  })
})

describe('tags that are known beforehand', () => {
  it('let nobody join a load that began before one of them was invalidated', async () => {
    const { engine, bus } = await engineOver()
    const { load, landings } = slowLoad()
    const early = engine.getOrSet(key, load, { tags: ['vip'] })
    await setImmediate()
    bus.tell({ mode: 'invalidate', tags: ['other'] })
    const joined = engine.getOrSet(key, load, { tags: ['vip'] })
    await setImmediate()
    expect(landings.length).toBe(1)
    bus.tell({ mode: 'invalidate', tags: ['vip'] })
    const late = engine.getOrSet(key, loadOf('new'))
    landings[0]?.land({ value: 'old', options: { tags: ['vip'] } })
    expect((await early).entry?.value).toBe('old')
    expect((await late).entry?.value).toBe('new')
    await joined
  })
})

describe('a load', () => {
  it('is told what would stand in for it', async () => {
    const { engine, clock, leave } = await engineOver()
    const standIns: unknown[] = []
    const load = async ({ standIn }: LoadContext) => {
      standIns.push(standIn?.value)
      return { value: 'new' }
    }
    await engine.getOrSet(key, load)
    leave('old', 'old', { ttl: 100, grace: 1_000 })
    leave('strict', 'strict', { ttl: 100 })
    await clock.advance(100)
    await engine.getOrSet('old', load)
    await engine.getOrSet('strict', load)
    expect(standIns).toEqual([undefined, 'old', undefined])
  })

  it('has nothing to stand in once its key was deleted, and nothing that had no grace', async () => {
    const { engine, bus, clock, leave } = await engineOver()
    leave(key, 'old', { ttl: 100, grace: 1_000 })
    leave('strict', 'old')
    await engine.invalidate({ mode: 'invalidate', keys: ['strict'] })
    await expect(engine.getOrSet('strict', failing)).rejects.toThrow('the source is down')
    await clock.advance(100)
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load).catch((error: Error) => error.message)
    await setImmediate()
    bus.tell({ mode: 'delete', keys: [key] })
    landings[0]?.crash(new Error('the source is down'))
    expect(await caller).toBe('the source is down')
  })
})

describe('a set that reached nobody', () => {
  it('is kept in this process if it has no version; with one, a higher may be there', async () => {
    const { engine, near, far, clock } = await engineOver()
    far.down = true
    expect(await engine.set('plain', 1)).toEqual({ stored: true, propagated: false })
    expect(await engine.set('row', 1, { version: 1 })).toEqual({ stored: false, propagated: false })
    expect([near.entries.get('plain')?.value, near.entries.has('row')]).toEqual([1, false])
    expect(engine.queued).toBe(2)
    await clock.advance(1)
  })
})
