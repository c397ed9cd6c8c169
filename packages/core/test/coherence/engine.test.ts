import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, jest } from '@jest/globals'
import type { Tier } from '../../src/index.ts'
import { engineOver, failing, loadOf, slowLoad } from '../support/engine-setup.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryTier } from '../support/memory-tier.ts'

const key = 'user:1'
const theKey = { mode: 'delete', keys: [key] } as const
const valueIn = (answer: { entry: { value: unknown } | undefined } | undefined) => answer?.entry?.value

describe('getOrSet of an engine', () => {
  it('loads once, and finds it near by from then on', async () => {
    const { engine, near, far, bus } = await engineOver()
    const load = jest.fn(loadOf('a', { options: { tags: ['vip'] } }))
    const first = await engine.getOrSet(key, load)
    expect(first).toMatchObject({ source: 'load', stale: undefined, joined: false })
    await setImmediate()
    const second = await engine.getOrSet(key, load)
    expect([valueIn(first), valueIn(second), second.source]).toEqual(['a', 'a', 'near'])
    expect(load).toHaveBeenCalledTimes(1)
    expect(near.entries.get(key)).toMatchObject({ value: 'a', tags: ['vip'], checkedAt: 1_000 })
    expect(far.entries.get(key)).toMatchObject({ value: 'a', stamp: bus.stamp(0) })
    expect(far.entries.get(key)).not.toHaveProperty('checkedAt')
    expect(far.leases.size).toBe(0)
  })

  it('joins two callers to one flight', async () => {
    const { engine } = await engineOver()
    const { load, landings } = slowLoad()
    const callers = [engine.getOrSet(key, load), engine.getOrSet(key, load)]
    await setImmediate()
    expect(landings.length).toBe(1)
    landings[0]?.land({ value: 'a' })
    const answers = await Promise.all(callers)
    expect(answers.map(answer => [valueIn(answer), answer.joined])).toEqual([
      ['a', false],
      ['a', true],
    ])
  })

  it('gives all who joined the error of their flight, and the next caller a flight of its own', async () => {
    const { engine, far } = await engineOver()
    const { load, landings } = slowLoad()
    const callers = [engine.getOrSet(key, load), engine.getOrSet(key, load)]
    await setImmediate()
    landings[0]?.crash(new Error('the source is down'))
    for (const caller of callers) await expect(caller).rejects.toThrow('the source is down')
    await setImmediate()
    expect(far.leases.size).toBe(0)
    expect(valueIn(await engine.getOrSet(key, loadOf('b')))).toBe('b')
  })

  it('lets nobody join a flight that was invalidated by its key', async () => {
    const { engine, bus, far, near } = await engineOver()
    const { load, landings } = slowLoad()
    const early = engine.getOrSet(key, load)
    await setImmediate()
    far.deleteMany([key])
    bus.tell(theKey)
    const late = engine.getOrSet(key, load)
    await setImmediate()
    expect(landings.length).toBe(2)
    landings[1]?.land({ value: 'new' })
    expect(await late).toMatchObject({ joined: false, entry: { value: 'new', stamp: bus.stamp(1) } })
    landings[0]?.land({ value: 'old' })
    expect(valueIn(await early)).toBe('old')
    await setImmediate()
    expect([near, far].map(tier => tier.entries.get(key)?.value)).toEqual(['new', 'new'])
  })

  it('loads again for a late joiner where the flight lands with a tag that was invalidated', async () => {
    const { engine, bus } = await engineOver()
    const { load, landings } = slowLoad()
    const early = engine.getOrSet(key, load)
    await setImmediate()
    bus.tell({ mode: 'delete', tags: ['vip'] })
    const late = engine.getOrSet(key, load)
    await setImmediate()
    expect(landings.length).toBe(1)
    landings[0]?.land({ value: 'old', options: { tags: ['vip'] } })
    expect(valueIn(await early)).toBe('old')
    await setImmediate()
    expect(landings.length).toBe(2)
    landings[1]?.land({ value: 'new', options: { tags: ['vip'] } })
    expect(await late).toMatchObject({ entry: { value: 'new', stamp: bus.stamp(1) } })
  })

  it('fills nothing where the key was invalidated since the load began', async () => {
    const { engine, near, far } = await engineOver()
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load)
    await setImmediate()
    expect(far.leases.size).toBe(1)
    expect(await engine.invalidate(theKey)).toMatchObject({ propagated: true })
    expect(far.leases.size).toBe(0)
    landings[0]?.land({ value: 'old' })
    expect(valueIn(await caller)).toBe('old')
    await setImmediate()
    expect([near.entries.size, far.entries.size]).toEqual([0, 0])
  })

  it('makes its lease stand as long as it loads, and not for ever', async () => {
    const { engine, far, clock } = await engineOver({ longestLoadMs: 9_000 })
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load)
    await clock.advance(8_000)
    expect([far.renewals, far.leases.get(key)?.token]).toEqual([8, 'token 1'])
    await clock.advance(9_000)
    expect(far.renewals).toBe(9)
    landings[0]?.land({ value: 'late' })
    expect(valueIn(await caller)).toBe('late')
    await setImmediate()
    expect([far.entries.size, clock.sleepers.size]).toEqual([0, 0])
  })

  it('waits for who loads elsewhere, and takes what that fills in', async () => {
    const { engine, far, clock, leave } = await engineOver()
    far.fills.claim([key], { forMs: 3_000 })
    const load = jest.fn(loadOf('mine'))
    const caller = engine.getOrSet(key, load)
    await clock.advance(100)
    leave(key, 'theirs')
    await clock.advance(100)
    expect(await caller).toMatchObject({ source: 'far', entry: { value: 'theirs' } })
    expect(load).not.toHaveBeenCalled()
  })

  it('loads without filling where it has waited long enough', async () => {
    const { engine, far, near, clock } = await engineOver({ waitMs: 500 })
    far.fills.claim([key], { forMs: 10_000 })
    const caller = engine.getOrSet(key, loadOf('mine'))
    await clock.advance(500)
    expect(valueIn(await caller)).toBe('mine')
    await setImmediate()
    expect([near.entries.get(key)?.value, far.entries.size]).toEqual(['mine', 0])
  })

  it('takes tiers that fail for misses', async () => {
    const { engine, near, far } = await engineOver()
    near.down = true
    far.down = true
    expect(valueIn(await engine.getOrSet(key, loadOf('a')))).toBe('a')
    expect(await engine.get(key)).toBe(undefined)
  })

  it('needs no shared tier', async () => {
    const near = new MemoryTier(new ManualClock())
    const { engine } = await engineOver({ tiers: [near] satisfies Tier[] })
    await engine.getOrSet(key, loadOf('a'))
    expect((await engine.getOrSet(key, failing)).source).toBe('near')
  })
})

describe('nothing, found by a load', () => {
  it('is remembered for as long as the loader says', async () => {
    const { engine, clock } = await engineOver()
    const load = jest.fn(loadOf(undefined, { negativeTtlMs: 500, options: { tags: ['vip'] } }))
    for (let time = 0; time < 2; time += 1) {
      const { entry } = await engine.getOrSet(key, load)
      expect(entry).toMatchObject({ negative: true, value: undefined, tags: ['vip'] })
    }
    expect(load).toHaveBeenCalledTimes(1)
    await clock.advance(500)
    await engine.getOrSet(key, load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('is not kept where the loader does not say how long, and leaves no lease', async () => {
    const { engine, near, far } = await engineOver()
    expect(await engine.getOrSet(key, loadOf(undefined))).toMatchObject({ entry: undefined, source: 'load' })
    await setImmediate()
    expect([near.entries.size, far.entries.size, far.leases.size]).toEqual([0, 0, 0])
  })

  it('is forgotten by its tags like any', async () => {
    const { engine, bus } = await engineOver()
    await engine.getOrSet(key, loadOf(undefined, { negativeTtlMs: 500, options: { tags: ['vip'] } }))
    await setImmediate()
    bus.tell({ mode: 'delete', tags: ['vip'] })
    expect(valueIn(await engine.getOrSet(key, loadOf('a')))).toBe('a')
  })
})

describe('what stands in for a load that failed', () => {
  it('is what is over its time, flagged', async () => {
    const { engine, clock, leave } = await engineOver()
    leave(key, 'old', { ttl: 100, grace: 1_000 })
    await clock.advance(100)
    expect(await engine.getOrSet(key, failing)).toMatchObject({
      source: 'far',
      stale: 'failed',
      entry: { value: 'old' },
    })
    await clock.advance(1_000)
    await expect(engine.getOrSet(key, failing)).rejects.toThrow('the source is down')
  })

  it.each([
    ['its key', { keys: [key] }],
    ['a tag', { tags: ['vip'] }],
    ['a pattern', { pattern: 'user:*' }],
  ])('is what was only invalidated by %s, and never what was deleted', async (_, target) => {
    for (const mode of ['invalidate', 'delete'] as const) {
      const { engine, leave } = await engineOver()
      leave(key, 'old', { grace: 1_000, tags: ['vip'] })
      await engine.get(key)
      await engine.invalidate({ mode, ...target })
      const answer = await engine.getOrSet(key, failing).catch((error: Error) => error.message)
      if (mode === 'delete') expect(answer).toBe('the source is down')
      else expect(answer).toMatchObject({ stale: 'failed', entry: { value: 'old' } })
    }
  })

  it('is nothing that was deleted while the load was under way', async () => {
    const { engine, bus, clock, leave } = await engineOver()
    leave(key, 'old', { ttl: 100, grace: 1_000, tags: ['vip'] })
    await clock.advance(100)
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load).catch((error: Error) => error.message)
    await setImmediate()
    bus.tell({ mode: 'delete', tags: ['vip'] })
    landings[0]?.crash(new Error('the source is down'))
    expect(await caller).toBe('the source is down')
  })
})

describe('what stands in for a slow load', () => {
  it('is what is only over its time; the load goes on', async () => {
    const { engine, clock, near, leave } = await engineOver()
    leave(key, 'old', { ttl: 100, grace: 10_000 })
    await clock.advance(100)
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load, { softMs: 50 })
    await clock.advance(50)
    expect(await caller).toMatchObject({ stale: 'slow', source: 'far', entry: { value: 'old' } })
    landings[0]?.land({ value: 'new' })
    await setImmediate()
    expect(near.entries.get(key)?.value).toBe('new')
    expect(valueIn(await engine.getOrSet(key, failing))).toBe('new')
  })

  it('is nothing that was invalidated: the caller waits on', async () => {
    const { engine, clock, leave } = await engineOver()
    leave(key, 'old', { grace: 10_000 })
    await engine.invalidate({ mode: 'invalidate', keys: [key] })
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load, { softMs: 50 })
    await clock.advance(200)
    landings[0]?.land({ value: 'new' })
    expect(await caller).toMatchObject({ stale: undefined, entry: { value: 'new' } })
  })

  it('is not asked of a load that is in time', async () => {
    const { engine, clock } = await engineOver()
    const answer = await engine.getOrSet(key, loadOf('a'), { softMs: 50 })
    expect([answer.stale, valueIn(answer)]).toEqual([undefined, 'a'])
    expect(clock.sleepers.size).toBe(0)
  })
})

describe('a refresh ahead', () => {
  it('begins with the first hit past its share of the life, once, and nobody waits for it', async () => {
    const { engine, clock, far } = await engineOver()
    await engine.getOrSet(key, loadOf('old', { options: { ttl: 1_000 } }))
    const { load, landings } = slowLoad()
    const hit = () => engine.getOrSet(key, load, { refreshAfter: 0.5 })
    await clock.advance(499)
    expect([valueIn(await hit()), landings.length]).toEqual(['old', 0])
    await clock.advance(1)
    for (let time = 0; time < 3; time += 1)
      expect(await hit()).toMatchObject({ source: 'near', stale: undefined })
    await setImmediate()
    expect(landings.length).toBe(1)
    landings[0]?.land({ value: 'new', options: { ttl: 1_000 } })
    await setImmediate()
    expect([valueIn(await hit()), far.entries.get(key)?.value]).toEqual(['new', 'new'])
    expect(landings.length).toBe(1)
  })

  it('takes no part where another process loads already', async () => {
    const { engine, clock, far, near } = await engineOver()
    await engine.getOrSet(key, loadOf('old', { options: { ttl: 1_000 } }))
    await clock.advance(600)
    const reject = new Map([[key, near.entries.get(key)?.stamp ?? { history: '', sequence: 0 }]])
    far.fills.claim([key], { forMs: 3_000, reject })
    const load = jest.fn(loadOf('new'))
    await engine.getOrSet(key, load, { refreshAfter: 0.5 })
    await setImmediate()
    expect([load.mock.calls.length, clock.sleepers.size]).toEqual([0, 0])
  })

  it('that fails leaves what is there', async () => {
    const { engine, clock } = await engineOver()
    await engine.getOrSet(key, loadOf('old', { options: { ttl: 1_000 } }))
    await clock.advance(600)
    await engine.getOrSet(key, failing, { refreshAfter: 0.5 })
    await setImmediate()
    expect(valueIn(await engine.get(key))).toBe('old')
  })
})

describe('a value of a shared tier that is older than this process listens', () => {
  it('is served on the word of the record, and read once where no rule retired since it was made', async () => {
    const { engine, bus, far, leave } = await engineOver({}, 10)
    leave(key, 'a', { sequence: 6 })
    bus.record = { retired: 6 }
    expect(valueIn(await engine.get(key))).toBe('a')
    expect(far.gets).toBe(1)
  })

  it('is read again where a rule retired in between, and served if it survived the sweep', async () => {
    const { engine, bus, far, leave } = await engineOver({}, 10)
    leave(key, 'a', { sequence: 5 })
    bus.record = { retired: 6 }
    expect(valueIn(await engine.get(key))).toBe('a')
    expect(far.gets).toBe(2)
  })

  it.each(['was swept', 'was marked', 'is another one', 'cannot be had'])(
    'is not served, and stands in for nothing, where it %s by the second reading',
    async what => {
      const { engine, bus, far, leave } = await engineOver({}, 10)
      leave(key, 'a', { sequence: 5 })
      bus.record = { retired: 6 }
      bus.onRules = () => {
        bus.onRules = () => {}
        if (what === 'was swept') far.entries.delete(key)
        if (what === 'was marked') far.invalidateMany([key])
        if (what === 'is another one') leave(key, 'b', { sequence: 8 })
        if (what === 'cannot be had') far.down = true
      }
      expect(await engine.get(key)).toBe(undefined)
    },
  )

  it('is not served where the record names it', async () => {
    const { engine, bus, leave } = await engineOver({}, 10)
    leave(key, 'a', { sequence: 5 })
    bus.record = { rules: [{ stamp: bus.stamp(6), mode: 'delete', target: { pattern: 'user:*' } }] }
    await expect(engine.getOrSet(key, failing)).rejects.toThrow('the source is down')
  })
})

describe('a private copy without a beat', () => {
  it('is trusted for one lease, then loaded anew', async () => {
    const { engine, bus, far, clock } = await engineOver()
    bus.trustedSince = Number.NEGATIVE_INFINITY
    await engine.getOrSet(key, loadOf('old'))
    await setImmediate()
    far.down = true
    await clock.advance(1_000)
    expect(valueIn(await engine.getOrSet(key, loadOf('new')))).toBe('old')
    await clock.advance(1)
    expect(valueIn(await engine.getOrSet(key, loadOf('new')))).toBe('new')
  })

  it('is served on, flagged, where that was asked for', async () => {
    const { engine, bus, far, clock } = await engineOver({ whenCut: 'serve' })
    bus.trustedSince = Number.NEGATIVE_INFINITY
    await engine.getOrSet(key, loadOf('old'))
    await setImmediate()
    bus.down = true
    far.down = true
    await clock.advance(1_001)
    expect(await engine.getOrSet(key, failing)).toMatchObject({ stale: 'cut', entry: { value: 'old' } })
  })

  it('is not trusted after frames were lost', async () => {
    const { engine, bus, far, clock } = await engineOver()
    await engine.getOrSet(key, loadOf('old'))
    await setImmediate()
    await clock.advance(1)
    bus.befall('lost')
    far.entries.clear()
    expect(await engine.get(key)).toBe(undefined)
  })
})
