import { type Frame, type InvalidationBus, noStamp, type Rule } from '@greenlang/core'
import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it, jest } from '@jest/globals'
import { memoryBus } from '../src/index.ts'

async function clearedBy(bus: InvalidationBus, pattern: string): Promise<Rule> {
  const { stamp = noStamp } = await bus.publish({ mode: 'delete', pattern })
  return { stamp, mode: 'delete', target: { pattern } }
}

describe('memoryBus', () => {
  it('has delivered to every listener before publish returns its promise', () => {
    const bus = memoryBus()
    const heard: Frame[] = []
    bus.subscribe(frame => heard.push(frame))
    void bus.publish({ mode: 'delete', keys: ['a'] })
    expect(heard.map(({ invalidation, own }) => ({ invalidation, own }))).toEqual([
      { invalidation: { mode: 'delete', keys: ['a'] }, own: true },
    ])
  })

  it('delivers what a listener publishes after the frame at hand, to all in the same order', async () => {
    const bus = memoryBus()
    bus.subscribe(({ invalidation }) => {
      if ('keys' in invalidation && invalidation.keys[0] === 'first')
        void bus.publish({ mode: 'delete', keys: ['second'] })
    })
    const heard: number[] = []
    bus.subscribe(({ stamp }) => {
      heard.push(stamp.sequence)
      expect(bus.sync().applied).toEqual(stamp)
    })
    await bus.publish({ mode: 'delete', keys: ['first'] })
    expect(heard).toEqual([1, 2])
  })

  it('begins a history of 128 random bits of its own', () => {
    const histories = Array.from({ length: 50 }, () => memoryBus().sync().known.history)
    expect(new Set(histories).size).toBe(50)
    for (const history of histories) expect(history).toMatch(/^[0-9a-f]{32}$/)
  })

  it('trusts itself up to now', async () => {
    const clock = fakeClock(1_000)
    const bus = memoryBus({ clock })
    await clock.advance('3s')
    expect(bus.sync().trustedSince).toBe(4_000)
  })

  it('gives up the tag invalidated longest ago when its table is full, and raises its floor', async () => {
    const bus = memoryBus({ maxTags: 2 })
    await bus.publish({ mode: 'invalidate', tags: ['a'] })
    await bus.publish({ mode: 'invalidate', tags: ['b'] })
    await bus.publish({ mode: 'invalidate', tags: ['a'] })
    await bus.publish({ mode: 'invalidate', tags: ['c'] })
    const { floor, tags } = await bus.rules(noStamp, ['a', 'b', 'c'])
    const mark = (sequence: number) => ({ sequence, mode: 'invalidate' })
    expect({ floor, tags: Object.fromEntries(tags) }).toEqual({ floor: 2, tags: { a: mark(3), c: mark(4) } })
  })

  it('tells what a listener threw, to a listener of its own that may throw as well', async () => {
    const failure = new Error('listener')
    const onListenerError = jest.fn((_: unknown) => {
      throw new Error('reporter')
    })
    const bus = memoryBus({ onListenerError })
    bus.subscribe(() => {
      throw failure
    })
    const second = jest.fn()
    bus.subscribe(second)
    await bus.publish({ mode: 'delete', all: true })
    expect(onListenerError).toHaveBeenCalledWith(failure)
    expect(second).toHaveBeenCalledTimes(1)
  })

  it('tells what an asynchronous listener rejected with, and outlives a reporter that rejects', async () => {
    const failure = new Error('listener')
    const reported = new Promise<unknown>(resolve => {
      const bus = memoryBus({
        onListenerError: async error => {
          resolve(error)
          throw new Error('reporter')
        },
      })
      bus.subscribe(async () => {
        throw failure
      })
      void bus.publish({ mode: 'delete', all: true })
    })
    expect(await reported).toBe(failure)
  })

  it('warns without the words of the error, which may hold a key', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const bus = memoryBus()
    bus.subscribe(() => {
      throw new TypeError('secret-key')
    })
    await bus.publish({ mode: 'delete', keys: ['secret-key'] })
    const warnings = emitWarning.mock.calls.map(([warning]) => String(warning))
    emitWarning.mockRestore()
    expect(warnings).toEqual(['a listener of bus "memory" threw TypeError; set onListenerError'])
  })

  it('keeps one rule for a pattern, and one for everything once it is cleared', async () => {
    const bus = memoryBus()
    for (const pattern of ['a:*', 'b:*', 'a:*']) await bus.publish({ mode: 'delete', pattern })
    expect((await bus.rules(noStamp)).rules.map(rule => rule.target)).toEqual([
      { pattern: 'b:*' },
      { pattern: 'a:*' },
    ])
    await bus.publish({ mode: 'invalidate', all: true })
    expect((await bus.rules(noStamp)).rules).toHaveLength(3)
    await bus.publish({ mode: 'delete', all: true })
    expect((await bus.rules(noStamp)).rules.map(rule => rule.target)).toEqual([{ all: true }])
  })

  it('loses nothing: its copies are trusted for ever, and watchers have nothing to hear', async () => {
    const bus = memoryBus()
    const heard = jest.fn()
    bus.watch(heard)
    await bus.publish({ mode: 'delete', all: true })
    bus.resume(bus.sync().applied)
    expect(bus.sync().leaseMs).toBe(Number.POSITIVE_INFINITY)
    expect(heard).not.toHaveBeenCalled()
  })

  it('says at once that frames of an earlier process, or of before, are lost, whoever throws', async () => {
    const failure = new Error('watcher')
    const onListenerError = jest.fn()
    const bus = memoryBus({ onListenerError })
    const start = bus.sync().applied
    await bus.publish({ mode: 'delete', all: true })
    bus.watch(() => {
      throw failure
    })
    const heard: unknown[] = []
    const leave = bus.watch(event => heard.push(event))
    bus.resume({ history: 'earlier', sequence: 1 })
    bus.resume(start)
    expect(heard).toEqual(['lost', 'lost'])
    expect(onListenerError).toHaveBeenCalledWith(failure)
    leave()
    bus.resume(noStamp)
    expect(heard).toHaveLength(2)
  })

  it('forgets a rule that was retired, not one of the same number in another history', async () => {
    const bus = memoryBus()
    const rule = await clearedBy(bus, 'a:*')
    await clearedBy(bus, 'b:*')
    expect((await bus.rules(noStamp)).retired).toBe(0)
    await bus.retire({ ...rule, stamp: { ...rule.stamp, history: 'another' } })
    expect((await bus.rules(noStamp)).rules).toHaveLength(2)
    await bus.retire(rule)
    expect(await bus.rules(noStamp)).toMatchObject({
      rules: [{ target: { pattern: 'b:*' } }],
      retired: rule.stamp.sequence,
    })
  })

  it('keeps its one rule for everything while only the last pattern in it is retired', async () => {
    const bus = memoryBus()
    for (let index = 0; index < 64; index += 1) await clearedBy(bus, `${index}:*`)
    const last = await clearedBy(bus, 'last:*')
    await bus.retire(last)
    const all: Rule = { ...last, target: { all: true } }
    expect(await bus.rules(noStamp)).toMatchObject({ rules: [all], retired: 0 })
    await bus.retire(all)
    expect(await bus.rules(noStamp)).toMatchObject({ rules: [], retired: last.stamp.sequence })
  })

  it.each([
    { maxTags: 0 },
    { maxTags: 1.5 },
    { onListenerError: 5 },
    { tags: 5 },
    { clock: {} },
    { clock: null },
  ])('refuses %p at construction', options => {
    expect(() => memoryBus(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
