/** What goes wrong around the engine: bad loaders, a closed bus, private tiers that fail, several engines on one bus. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import { createEngine, type Loaded } from '../../src/coherence/index.ts'
import { DeadlineError } from '../../src/index.ts'
import { engineOver, loadOf, slowLoad } from '../support/engine-setup.ts'
import { MemoryTier } from '../support/memory-tier.ts'

const key = 'user:1'
const theKey = { mode: 'delete', keys: [key] } as const
const valueIn = (answer: { entry: { value: unknown } | undefined } | undefined) => answer?.entry?.value

describe('a loader that answers nonsense', () => {
  it.each<[string, unknown]>([
    ['a time to live of 0', { value: 'a', options: { ttl: 0 } }],
    ['tags that are none', { value: 'a', options: { tags: [''] } }],
    ['nothing at all', undefined],
  ])('%s: its caller is told, and the next one is served', async (_, nonsense) => {
    const { engine, far } = await engineOver()
    const reading = engine.getOrSet(key, async () => nonsense as Loaded)
    await expect(reading).rejects.toThrow()
    await setImmediate()
    expect(far.leases.size).toBe(0)
    expect(valueIn(await engine.getOrSet(key, loadOf('b')))).toBe('b')
  })
})

describe('a bus that fails while a load runs', () => {
  it('costs the caller an error at most, never the wait', async () => {
    const { engine, bus } = await engineOver()
    const { load, landings } = slowLoad()
    const reading = engine.getOrSet(key, load)
    await setImmediate()
    jest.spyOn(bus, 'sync').mockImplementation(() => {
      throw new Error('closed')
    })
    landings[0]?.land({ value: 'a' })
    await expect(reading).rejects.toThrow('closed')
  })
})

describe('a refresh', () => {
  it('runs once at a time, however many hits ask for it', async () => {
    const { engine, clock } = await engineOver({ tiers: [] })
    const near = new MemoryTier(clock)
    const { bus } = await engineOver()
    const alone = await createEngine({ tiers: [near], bus, clock, random: () => 0.5 })
    await alone.getOrSet(key, loadOf('a', { options: { ttl: 1_000 } }))
    await clock.advance(900)
    const { load, landings } = slowLoad()
    for (let hit = 0; hit < 10; hit += 1) {
      expect(valueIn(await alone.getOrSet(key, load, { refreshAfter: 0.5 }))).toBe('a')
      await setImmediate()
    }
    expect(landings).toHaveLength(1)
    expect(engine.queued).toBe(0)
  })

  it('takes what another process has refreshed', async () => {
    const { engine, clock, leave, bus } = await engineOver()
    await engine.getOrSet(key, loadOf('a', { options: { ttl: 1_000 } }))
    await clock.advance(900)
    leave(key, 'b', { ttl: 1_000, sequence: bus.sequence })
    const load = jest.fn(loadOf('c'))
    await engine.getOrSet(key, load, { refreshAfter: 0.5 })
    await setImmediate()
    expect(valueIn(await engine.getOrSet(key, load))).toBe('b')
    expect(load).not.toHaveBeenCalled()
  })
})

describe('a shared tier that does not answer', () => {
  it.each<[string, Error, number]>([
    ['in time is not asked for the lease either', new DeadlineError('far', 250), 0],
    ['for another reason may still give the lease', new Error('damaged'), 1],
  ])('%s', async (_, error, claims) => {
    const { engine, near, far } = await engineOver()
    jest.spyOn(far, 'get').mockImplementationOnce(() => {
      throw error
    })
    const claim = jest.spyOn(far.fills, 'claim')
    expect(valueIn(await engine.getOrSet(key, loadOf('a')))).toBe('a')
    await setImmediate()
    expect(claim).toHaveBeenCalledTimes(claims)
    // Without the lease only this process keeps it.
    expect([near.entries.size, far.entries.size]).toEqual([1, claims])
    expect(valueIn(await engine.getOrSet(key, loadOf('b')))).toBe('a')
  })
})

describe('a private tier that cannot drop a key', () => {
  it('is believed about nothing that it held', async () => {
    const { engine, near, far, bus } = await engineOver()
    await engine.getOrSet(key, loadOf('old'))
    await setImmediate()
    far.entries.delete(key)
    jest.spyOn(near, 'deleteMany').mockImplementation(() => {
      throw new Error('locked')
    })
    bus.tell(theKey)
    await setImmediate()
    expect(near.entries.has(key)).toBe(true)
    expect(valueIn(await engine.getOrSet(key, loadOf('new')))).toBe('new')
  })
})

describe('two engines on one bus', () => {
  it('hear of each other', async () => {
    const { engine, bus, clock } = await engineOver()
    const near = new MemoryTier(clock)
    const other = await createEngine({ tiers: [near], bus, clock })
    await other.getOrSet(key, loadOf('old'))
    expect(near.entries.has(key)).toBe(true)
    await engine.invalidate(theKey)
    expect(near.entries.has(key)).toBe(false)
  })
})

describe('two sets of one key at once', () => {
  it('leave no copy of the first, though it is acknowledged last', async () => {
    const { engine, bus, near } = await engineOver()
    let answer: () => void = () => {}
    const publish = bus.publish.bind(bus)
    jest.spyOn(bus, 'publish').mockImplementationOnce(async (...said) => {
      await new Promise<void>(resolve => {
        answer = resolve
      })
      return publish(...said)
    })
    const first = engine.set(key, 'old', { version: 1 })
    await setImmediate()
    await engine.set(key, 'new', { version: 2 })
    answer()
    await first
    expect(near.entries.get(key)?.value).not.toBe('old')
  })
})
