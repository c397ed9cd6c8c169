import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { EngineOptions } from '../../src/coherence/index.ts'
import type { Invalidation, Journal, Stamp, Tier } from '../../src/index.ts'
import { engineOver, loadOf, slowLoad } from '../support/engine-setup.ts'
import { HandBus } from '../support/hand-bus.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryTier } from '../support/memory-tier.ts'

const key = 'user:1'
const theKey = { mode: 'delete', keys: [key] } as const
const valueIn = (answer: { entry: { value: unknown } | undefined } | undefined) => answer?.entry?.value

describe('set of an engine', () => {
  it('stores everywhere, and tells the others', async () => {
    const { engine, bus, near, far } = await engineOver()
    expect(await engine.set(key, 'a')).toEqual({ stored: true, propagated: true, stamp: bus.stamp(1) })
    expect([near, far].map(tier => tier.entries.get(key)?.value)).toEqual(['a', 'a'])
    expect(bus.published).toEqual([theKey])
    expect(valueIn(await engine.get(key))).toBe('a')
  })

  it('says that a higher version is there, which stays, and tells of it all the same', async () => {
    const { engine, bus, near, far } = await engineOver()
    await engine.set(key, 'new', { version: 8 })
    expect(await engine.set(key, 'old', { version: 7 })).toEqual({
      stored: false,
      propagated: true,
      stamp: bus.stamp(2),
    })
    expect([near.entries.has(key), far.entries.get(key)?.value]).toEqual([false, 'new'])
    expect([bus.published.length, engine.queued]).toEqual([2, 0])
    expect(valueIn(await engine.get(key))).toBe('new')
  })

  it('says that nothing is there where the order could not be told', async () => {
    const { engine, bus, near, far } = await engineOver()
    await engine.set(key, 'with', { version: 8 })
    expect(await engine.set(key, 'without')).toEqual({
      stored: false,
      propagated: true,
      stamp: bus.stamp(2),
    })
    expect([near.entries.size, far.entries.size, bus.published.length]).toEqual([0, 0, 2])
  })

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d for a version, and does nothing',
    async version => {
      const { engine, bus, near, far } = await engineOver()
      await expect(engine.set(key, 'a', { version })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        option: 'version',
      })
      expect([near.entries.size, far.entries.size, bus.published, engine.queued]).toEqual([0, 0, [], 0])
    },
  )

  it('keeps no copy near by where another process wrote meanwhile', async () => {
    const { engine, bus, near, far } = await engineOver()
    const { write } = far.fills
    far.fills.write = (...args) => {
      const written = write(...args)
      bus.tell(theKey)
      return written
    }
    expect(await engine.set(key, 'a')).toEqual({ stored: true, propagated: true, stamp: bus.stamp(2) })
    expect([near.entries.size, far.entries.get(key)?.value]).toEqual([0, 'a'])
  })

  it('ends what is under way for the key', async () => {
    const { engine, near, far } = await engineOver()
    const { load, landings } = slowLoad()
    const caller = engine.getOrSet(key, load)
    await setImmediate()
    await engine.set(key, 'new')
    landings[0]?.land({ value: 'old' })
    expect(valueIn(await caller)).toBe('old')
    await setImmediate()
    expect([near, far].map(tier => tier.entries.get(key)?.value)).toEqual(['new', 'new'])
  })

  it.each(['far', 'bus'] as const)(
    'is queued as an invalidation where the %s cannot be reached',
    async which => {
      const setup = await engineOver()
      const { engine, bus, clock } = setup
      setup[which].down = true
      expect(await engine.set(key, 'a', { version: 3 })).toMatchObject({ propagated: false })
      expect([engine.queued, await engine.get(key)]).toEqual([1, undefined])
      setup[which].down = false
      await clock.advance(250)
      expect([engine.queued, bus.published]).toEqual([0, [theKey]])
      expect(setup.far.buried.at(-1)).toEqual([key, 3])
    },
  )
})

describe('a slot of an engine', () => {
  it('is not needed where the value is there', async () => {
    const { engine, far, leave } = await engineOver()
    const entry = leave(key, 'a')
    expect(await engine.claim(key)).toEqual({ kind: 'found', entry })
    expect(far.leases.size).toBe(0)
  })

  it('is filled like a load', async () => {
    const { engine, near, far } = await engineOver()
    const slot = await engine.claim(key)
    if (slot.kind === 'found') throw new Error('nothing is there')
    expect([slot.kind, await slot.set('a', { tags: ['vip'] })]).toEqual(['granted', true])
    for (const tier of [near, far]) expect(tier.entries.get(key)).toMatchObject({ value: 'a', tags: ['vip'] })
  })

  it('keeps nothing where the key was invalidated since', async () => {
    const { engine, near, far } = await engineOver()
    const slot = await engine.claim(key)
    if (slot.kind === 'found') throw new Error('nothing is there')
    await engine.invalidate(theKey)
    expect(await slot.set('old')).toBe(false)
    expect([near.entries.size, far.entries.size]).toEqual([0, 0])
  })

  it('that another process holds keeps for this one only', async () => {
    const { engine, near, far } = await engineOver()
    far.fills.claim([key], { forMs: 3_000 })
    const slot = await engine.claim(key)
    if (slot.kind === 'found') throw new Error('nothing is there')
    expect([slot.kind, await slot.set('a')]).toEqual(['taken', false])
    expect([near.entries.get(key)?.value, far.entries.size]).toEqual(['a', 0])
  })

  it('is claimed over what an invalidation named', async () => {
    const { engine, bus, far, leave } = await engineOver()
    leave(key, 'old', { tags: ['vip'] })
    bus.tell({ mode: 'delete', tags: ['vip'] })
    const slot = await engine.claim(key)
    if (slot.kind === 'found') throw new Error('it was invalidated')
    expect(await slot.set('new')).toBe(true)
    expect(far.entries.get(key)?.value).toBe('new')
  })

  it('is free again once it is released', async () => {
    const { engine, far } = await engineOver()
    const slot = await engine.claim(key)
    if (slot.kind !== 'granted') throw new Error('nobody else claims')
    expect(far.leases.size).toBe(1)
    await slot.release()
    expect(far.leases.size).toBe(0)
    expect((await engine.claim(key)).kind).toBe('granted')
  })

  it('works once', async () => {
    const { engine, near, far } = await engineOver()
    const slot = await engine.claim(key)
    if (slot.kind === 'found') throw new Error('nothing is there')
    expect([await slot.set('a'), await slot.set('b')]).toEqual([true, false])
    for (const tier of [near, far]) expect(tier.entries.get(key)?.value).toBe('a')
  })

  it('keeps nothing once it was released', async () => {
    const { engine, near, far } = await engineOver()
    const slot = await engine.claim(key)
    if (slot.kind === 'found') throw new Error('nothing is there')
    await slot.release()
    expect(await slot.set('a')).toBe(false)
    expect([near.entries.size, far.entries.size]).toEqual([0, 0])
  })

  it('that is released after it was filled takes nothing from another that is open', async () => {
    const { engine, near } = await engineOver()
    const [filled, other] = [await engine.claim(key), await engine.claim(key)]
    if (filled.kind === 'found' || other.kind === 'found') throw new Error('nothing is there')
    await filled.set('a')
    await filled.release()
    await engine.invalidate(theKey)
    await other.set('old')
    await setImmediate()
    expect(near.entries.size).toBe(0)
  })
})

describe('invalidate of an engine', () => {
  it('clears the shared tier, then publishes, and is acknowledged', async () => {
    const { engine, bus, near, far } = await engineOver()
    await engine.set(key, 'a')
    expect(await engine.invalidate(theKey)).toEqual({ stamp: bus.stamp(2), propagated: true })
    expect([near.entries.size, far.entries.size]).toEqual([0, 0])
    await engine.set(key, 'b')
    await engine.invalidate({ mode: 'invalidate', keys: [key] })
    expect(far.entries.get(key)).toMatchObject({ value: 'b', invalidated: true })
    expect(await engine.get(key)).toBe(undefined)
  })

  it('buries a version where one is given', async () => {
    const { engine, far, near } = await engineOver()
    await engine.set(key, 'a', { version: 7 })
    expect(await engine.invalidate(theKey, { version: 8 })).toMatchObject({ propagated: true })
    expect([far.buried, far.entries.size, near.entries.size]).toEqual([[[key, 8]], 0, 0])
  })

  it.each<[string, Invalidation, number]>([
    ['more than one key', { mode: 'delete', keys: [key, 'user:2'] }, 1],
    ['no key', { mode: 'delete', keys: [] }, 1],
    ['tags', { mode: 'delete', tags: ['vip'] }, 1],
    ['a pattern', { mode: 'delete', pattern: 'user:*' }, 1],
    ['everything', { mode: 'delete', all: true }, 1],
    ['a version below 0', theKey, -1],
    ['a version that is not whole', theKey, 1.5],
    ['a version that is no number', theKey, Number.NaN],
    ['an endless version', theKey, Number.POSITIVE_INFINITY],
  ])('refuses a version with %s, and does nothing', async (_, invalidation, version) => {
    const { engine, bus, far } = await engineOver()
    await engine.set(key, 'a')
    await expect(engine.invalidate(invalidation, { version })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      option: 'version',
    })
    expect([bus.published.length, far.buried, valueIn(await engine.get(key))]).toEqual([1, [], 'a'])
  })

  it('has what a pattern names swept once no older load can be filled in, then retires the rule', async () => {
    const { engine, bus, far, clock } = await engineOver({ longestLoadMs: 5_000, claimMs: 1_000 })
    const { stamp } = await engine.invalidate({ mode: 'invalidate', pattern: 'user:*' })
    await clock.advance(5_999)
    expect([far.swept, bus.retired]).toEqual([[], []])
    await clock.advance(1)
    const target = { pattern: 'user:*' }
    expect(far.swept).toEqual([[target, stamp]])
    expect(bus.retired).toEqual([{ stamp, mode: 'invalidate', target }])
  })
})

describe('what an engine cannot send', () => {
  it.each(['far', 'bus'] as const)(
    'holds here at once, and is sent when the %s is there again',
    async which => {
      const setup = await engineOver()
      const { engine, bus, far, clock, leave } = setup
      await engine.set(key, 'old')
      setup[which].down = true
      expect(await engine.invalidate(theKey)).toEqual({ propagated: false })
      expect(engine.queued).toBe(1)
      leave(key, 'old')
      expect(await engine.get(key)).toBe(undefined)
      expect(valueIn(await engine.getOrSet(key, loadOf('new')))).toBe('new')
      expect([far.entries.get(key)?.value, far.leases.size]).toEqual(['old', 0])
      await clock.advance(1_000)
      expect(engine.queued).toBe(1)
      setup[which].down = false
      await clock.advance(250)
      expect([engine.queued, far.entries.size]).toEqual([0, 0])
      expect(bus.published).toEqual([theKey, theKey])
      expect(clock.sleepers.size).toBe(0)
    },
  )

  it('takes its version along', async () => {
    const { engine, bus, far, clock } = await engineOver()
    bus.down = true
    await engine.invalidate(theKey, { version: 7 })
    bus.down = false
    await clock.advance(250)
    expect([engine.queued, bus.published]).toEqual([0, [theKey]])
    expect(new Set(far.buried.map(buried => `${buried}`))).toEqual(new Set([`${key},7`]))
  })

  it.each(['far', 'bus'] as const)(
    'takes the highest version along where the %s is down, whatever is queued after it',
    async which => {
      for (const later of [7, undefined]) {
        const setup = await engineOver()
        const { engine, bus, far, clock } = setup
        setup[which].down = true
        await engine.invalidate(theKey, { version: 8 })
        await engine.invalidate(theKey, later === undefined ? {} : { version: later })
        await setImmediate()
        setup[which].down = false
        far.buried.length = 0
        await clock.advance(500)
        const published = later === undefined ? [theKey, theKey] : [theKey]
        expect([engine.queued, bus.published]).toEqual([0, published])
        expect(far.buried).toContainEqual([key, 8])
      }
    },
  )

  it('may be a clear', async () => {
    const { engine, bus, clock } = await engineOver()
    const everything = { mode: 'delete', all: true } as const
    bus.down = true
    await engine.invalidate(everything)
    bus.down = false
    await clock.advance(250)
    expect([engine.queued, bus.published]).toEqual([0, [everything]])
  })

  it('is sent 32 at a time, the oldest first', async () => {
    const { engine, bus, clock } = await engineOver()
    bus.down = true
    const all = Array.from({ length: 70 }, (_, index): Invalidation => {
      const name = `${index}`
      return index % 2 === 0 ? { mode: 'delete', keys: [name] } : { mode: 'delete', tags: [name] }
    })
    for (const invalidation of all) await engine.invalidate(invalidation)
    expect(engine.queued).toBe(70)
    bus.down = false
    const { publish } = bus
    let [flying, most] = [0, 0]
    bus.publish = async invalidation => {
      flying += 1
      most = Math.max(most, flying)
      await setImmediate()
      flying -= 1
      return publish.call(bus, invalidation)
    }
    await clock.advance(250)
    for (let turn = 0; turn < 100 && engine.queued > 0; turn += 1) await setImmediate()
    expect([engine.queued, most, bus.published.length]).toEqual([0, 32, 70])
    for (const from of [0, 32, 64]) {
      const batch = all.slice(from, from + 32)
      expect(new Set(bus.published.slice(from, from + 32))).toEqual(new Set(batch))
    }
  })

  it('becomes one clear past what may be queued', async () => {
    const { engine, bus, clock, leave } = await engineOver({ maxQueued: 2 })
    bus.down = true
    for (const name of ['a', 'b', 'c']) await engine.invalidate({ mode: 'delete', keys: [name] })
    expect(engine.queued).toBe(1)
    leave('z', 'named by the clear')
    expect(await engine.get('z')).toBe(undefined)
    bus.down = false
    await clock.advance(250)
    expect([engine.queued, bus.published]).toEqual([0, [{ mode: 'delete', all: true }]])
  })

  it('is sent again, with what was acknowledged of late, when that may be undone', async () => {
    const { engine, bus, far, clock } = await engineOver({ reissueMs: 1_000 })
    await engine.invalidate({ mode: 'delete', keys: ['long ago'] })
    await clock.advance(1_001)
    await engine.invalidate({ mode: 'invalidate', keys: [key] })
    await engine.invalidate({ mode: 'delete', tags: ['vip'] })
    bus.published.length = 0
    bus.befall('undone')
    await setImmediate()
    expect([engine.queued, bus.published]).toEqual([0, [theKey, { mode: 'delete', tags: ['vip'] }]])
    bus.published.length = 0
    for (const tell of far.watchers) tell()
    await setImmediate()
    expect(bus.published).toContainEqual(theKey)
  })

  it('keeps its own time where what is sent again stands for it', async () => {
    const { engine, bus, clock } = await engineOver({ reissueMs: 10_000 })
    await engine.invalidate(theKey)
    await clock.advance(6_000)
    bus.down = true
    await engine.invalidate(theKey)
    await setImmediate()
    bus.befall('undone')
    bus.down = false
    await clock.advance(250)
    expect([engine.queued, bus.published]).toEqual([0, [theKey, theKey]])
    await clock.advance(6_000)
    bus.published.length = 0
    bus.befall('undone')
    await setImmediate()
    expect(bus.published).toEqual([theKey])
  })

  it('is sent again with its version', async () => {
    const { engine, far, bus } = await engineOver()
    await engine.invalidate(theKey, { version: 8 })
    await engine.invalidate(theKey, { version: 7 })
    far.buried.length = 0
    bus.published.length = 0
    bus.befall('undone')
    await setImmediate()
    expect(far.buried).toContainEqual([key, 8])
    expect([engine.queued, bus.published.at(-1)]).toEqual([0, theKey])
  })
})

describe('close of an engine', () => {
  it('stops listening, to the bus and to the shared tier', async () => {
    const { engine, bus, far, near } = await engineOver()
    await engine.set(key, 'a')
    expect([bus.listeners.size, bus.watchers.size, far.watchers.size]).toEqual([1, 1, 1])
    engine.close()
    expect([bus.listeners.size, bus.watchers.size, far.watchers.size]).toEqual([0, 0, 0])
    bus.tell(theKey)
    expect(near.entries.size).toBe(1)
  })

  it('ends what would be sent or swept later', async () => {
    const { engine, bus, far, clock } = await engineOver()
    await engine.invalidate({ mode: 'delete', all: true })
    bus.down = true
    await engine.invalidate(theKey)
    await setImmediate()
    engine.close()
    bus.down = false
    await clock.advance(60_000)
    expect([bus.published.length, far.swept, clock.sleepers.size]).toEqual([1, [], 0])
  })
})

describe('an engine over tiers that outlive their process', () => {
  const at = (sequence: number, history = 'h'): Stamp => ({ history, sequence })

  async function over(...kept: readonly (Stamp | undefined)[]) {
    const clock = new ManualClock()
    const marks: unknown[] = []
    let distrusted = 0
    const tiers: Tier[] = kept.map((stamp, index) => {
      const journal: Journal = {
        read: () => stamp,
        mark: (...args) => void marks.push(args),
        distrust: () => {
          distrusted += 1
        },
      }
      return Object.assign(new MemoryTier(clock, `disk ${index}`), { journal })
    })
    const bus = new HandBus(clock, 9)
    const options: Partial<EngineOptions> = { tiers, bus, clock }
    const { engine } = await engineOver(options)
    return { engine, bus, marks, distrusted: () => distrusted }
  }

  it('has the frames replayed since the oldest journal', async () => {
    const { bus, distrusted } = await over(at(7), at(4))
    expect([bus.resumed, distrusted()]).toEqual([[at(4)], 0])
  })

  it.each<[string, readonly (Stamp | undefined)[]]>([
    ['none says where it was', [undefined]],
    ['one does not say where it was', [at(7), undefined]],
    ['they are of different histories', [at(7), at(4, 'another')]],
  ])('trusts none where %s', async (_, kept) => {
    const { bus, distrusted } = await over(...kept)
    expect([bus.resumed, distrusted()]).toEqual([[], kept.length])
  })

  it('journals each frame, with the keys it names where another engine sent it', async () => {
    const { bus, marks } = await over(at(9))
    bus.tell({ mode: 'invalidate', keys: [key] })
    bus.tell({ mode: 'delete', tags: ['vip'] })
    await bus.publish(theKey)
    await setImmediate()
    expect(marks).toEqual([
      [at(10), { mode: 'invalidate', keys: [key] }],
      [at(11), undefined],
      [at(12), { mode: theKey.mode, keys: theKey.keys }],
    ])
  })
})
