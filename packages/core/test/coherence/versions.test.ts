/** Versions where no tier keeps them, and concurrent writes where there is no shared tier to order them. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { createEngine, type EngineOptions } from '../../src/coherence/index.ts'
import { loadOf, slowLoad } from '../support/engine-setup.ts'
import { HandBus } from '../support/hand-bus.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryTier } from '../support/memory-tier.ts'

const key = 'row:1'

async function alone(options: Partial<EngineOptions> = {}) {
  const clock = new ManualClock()
  const [bus, near] = [new HandBus(clock), new MemoryTier(clock)]
  const engine = await createEngine({ tiers: [near], bus, clock, ...options })
  const there = () => near.entries.get(key)?.value
  return { engine, bus, near, clock, there }
}

describe('versions without a tier that keeps them', () => {
  it('of two writes the higher stays, whichever comes last', async () => {
    const { engine, bus, there } = await alone()
    expect(await engine.set(key, 'v5', { version: 5 })).toMatchObject({ stored: true })
    expect(await engine.set(key, 'v4', { version: 4 })).toEqual({
      stored: false,
      propagated: true,
      stamp: bus.stamp(2),
    })
    expect(there()).toBe('v5')
    expect(await engine.set(key, 'v5 again', { version: 5 })).toMatchObject({ stored: true })
    expect(await engine.set(key, 'v6', { version: 6 })).toMatchObject({ stored: true })
    expect(there()).toBe('v6')
  })

  it.each([[[5, 4]], [[4, 5]]])('of two at once too: %p', async versions => {
    const { engine, there } = await alone()
    await Promise.all(versions.map(version => engine.set(key, `v${version}`, { version })))
    expect(there()).toBe('v5')
  })

  it('a load of a lower one is given to its caller and not kept', async () => {
    const { engine, there } = await alone()
    await engine.set(key, 'v5', { version: 5 })
    const answer = await engine.getOrSet(key, loadOf('v4', { version: 4 }), { fresh: true })
    expect([answer.entry?.value, there()]).toEqual(['v4', 'v5'])
    await engine.getOrSet(key, loadOf('v6', { version: 6 }), { fresh: true })
    expect(there()).toBe('v6')
    expect(await engine.set(key, 'v5', { version: 5 })).toMatchObject({ stored: false })
    await engine.invalidate({ mode: 'delete', keys: [key] })
    await engine.getOrSet(key, loadOf(undefined, { version: 5, negativeTtlMs: 1_000 }))
    expect(there()).toBeUndefined()
  })

  it('no write yields to a load that was refused meanwhile', async () => {
    const { engine, bus, there } = await alone()
    await engine.set(key, 'v5', { version: 5 })
    const { load, landings } = slowLoad()
    const { publish } = bus
    bus.publish = async (...args) => {
      const loaded = engine.getOrSet(key, load)
      await setImmediate()
      landings[0]?.land({ value: 'v4', version: 4 })
      await loaded
      return publish.apply(bus, args)
    }
    await engine.set(key, 'v6', { version: 6 })
    expect(there()).toBe('v6')
  })

  it('outlive what was invalidated by its key for a while', async () => {
    const { engine, bus, clock } = await alone()
    const late = async () => (await engine.set(key, 'v4', { version: 4 })).stored
    await engine.set(key, 'v5', { version: 5 })
    await engine.invalidate({ mode: 'delete', keys: [key] })
    expect(await late()).toBe(false)
    await clock.advance(30_000)
    expect(await late()).toBe(true)
    await engine.invalidate({ mode: 'delete', keys: [key] }, { version: 6 })
    expect(await late()).toBe(false)
    await clock.advance(30_000)
    expect(await late()).toBe(true)
    await engine.set(key, 'v5', { version: 5 })
    bus.tell({ mode: 'invalidate', keys: [key] })
    expect(await late()).toBe(false)
    await clock.advance(30_000)
    expect(await late()).toBe(true)
  })

  it('end with the life of their value and a while, and with an invalidation of many', async () => {
    const { engine, clock } = await alone()
    const late = async () => (await engine.set(key, 'v4', { version: 4, ttl: 1_000 })).stored
    await engine.set(key, 'v5', { version: 5, ttl: 1_000 })
    await clock.advance(30_999)
    expect(await late()).toBe(false)
    await clock.advance(1)
    expect(await late()).toBe(true)
    await engine.set(key, 'v5', { version: 5, tags: ['t'] })
    await engine.invalidate({ mode: 'delete', tags: ['t'] })
    expect(await late()).toBe(true)
  })

  it('are forgotten for a write without one: the last stays', async () => {
    const { engine, there } = await alone()
    await engine.set(key, 'v5', { version: 5 })
    await engine.set(key, 'plain')
    expect(await engine.set(key, 'v4', { version: 4 })).toMatchObject({ stored: true })
    expect(there()).toBe('v4')
  })

  it('are bounded: of a key that is forgotten the last write stays', async () => {
    const { engine, there } = await alone()
    await engine.set(key, 'v5', { version: 5 })
    for (let at = 0; at < 65_535; at += 1) await engine.set(`other:${at}`, 1, { version: 1 })
    expect(await engine.set(key, 'v4', { version: 4 })).toMatchObject({ stored: false })
    await engine.set('one more', 1, { version: 1 })
    await engine.set(key, 'v4', { version: 4 })
    expect(there()).toBe('v4')
  })

  it('are known at once, though the bus is down', async () => {
    const { engine, bus, near } = await alone()
    const set = engine.set(key, 'v5', { version: 5, early: true })
    expect(near.entries.get(key)?.value).toBe('v5')
    await set
    bus.down = true
    expect(await engine.set(key, 'v4', { version: 4 })).toEqual({ stored: false, propagated: false })
    expect(await engine.set(key, 'v6', { version: 6 })).toEqual({ stored: true, propagated: false })
    expect([near.entries.get(key)?.value, engine.queued]).toEqual(['v6', 1])
  })
})

describe('writes at once without a shared tier', () => {
  it('the one that was called last stays', async () => {
    const { engine, there } = await alone()
    await Promise.all([engine.set(key, 'first'), engine.set(key, 'last')])
    expect(there()).toBe('last')
    await Promise.all([engine.set(key, 'first', { early: true }), engine.set(key, 'last', { early: true })])
    expect(there()).toBe('last')
  })
})
