import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it, jest } from '@jest/globals'
import { createEventRules, type EventRulesOptions } from '../src/index.ts'
import { recordingCache } from './recording-cache.ts'

interface Events {
  changed: { id: number }
}

function setUp(options: EventRulesOptions = {}) {
  const cache = recordingCache()
  const clock = fakeClock()
  const told: unknown[] = []
  const rules = createEventRules<Events>(cache, {
    clock,
    onError: error => void told.push(error),
    ...options,
  })
  const keys = () => cache.asked.flatMap(one => ('keys' in one ? one.keys : []))
  return { cache, clock, told, rules, keys }
}

const closed = expect.objectContaining({ code: 'CLOSED' })

describe('delays of event rules', () => {
  it('apply at once and again later', async () => {
    const { rules, clock, keys } = setUp()
    rules.on('changed', { keys: ['{id}'], delay: [0, '5s', '1m'] })
    expect(await rules.emit('changed', { id: 1 })).toMatchObject({ applied: 1, scheduled: 2 })
    expect(keys()).toEqual(['1'])
    await clock.advance('5s')
    expect(keys()).toEqual(['1', '1'])
    await clock.advance('1h')
    expect([keys().length, rules.pending, clock.waiting]).toEqual([3, 0, 0])
  })

  it('go by the event as it was emitted', async () => {
    const { rules, clock, keys } = setUp()
    rules.on('changed', { keys: ['{id}'], delay: '1s' })
    const event = { id: 1 }
    await rules.emit('changed', event)
    event.id = 2
    await clock.advance('1s')
    expect(keys()).toEqual(['1'])
  })

  it('are bounded: past maxPending they wait together, never less than their delay', async () => {
    const { rules, keys, clock, told } = setUp({ maxPending: 2 })
    rules.on('changed', { keys: ['{id}'], delay: '10s' })
    for (const id of [1, 2, 3]) await rules.emit('changed', { id })
    await clock.advance('9s')
    // The last that joins, and the one that was there already.
    for (const id of [4, 3])
      expect(await rules.emit('changed', { id })).toMatchObject({ scheduled: 1, early: 0 })
    await clock.advance('2s')
    expect([keys(), rules.pending]).toEqual([['1', '2'], 1])
    await clock.advance('8s')
    expect(keys()).toEqual(['1', '2'])
    await clock.advance('1s')
    expect([keys(), rules.pending, clock.waiting]).toEqual([['1', '2', '3', '4'], 0, 0])
    expect(told).toEqual([])
  })

  it('wait together no longer than one delay more, whatever goes on to come', async () => {
    const { rules, keys, clock } = setUp({ maxPending: 1 })
    rules.on('changed', { keys: ['{id}'], delay: '10s' })
    await rules.emit('changed', { id: 0 })
    for (let id = 1; id <= 30; id += 1) {
      await rules.emit('changed', { id: id % 2 })
      await clock.advance('1s')
    }
    expect(keys().length).toBeGreaterThanOrEqual(3)
    await clock.advance('20s')
    expect([rules.pending, clock.waiting]).toEqual([0, 0])
  })

  it('are applied at once, and told, where there is no room at all', async () => {
    const { rules, keys, told } = setUp({ maxPending: 1 })
    rules.on('changed', { keys: ['{id}'], delay: '10s' })
    for (const id of [1, 2]) await rules.emit('changed', { id })
    expect(await rules.emit('changed', { id: 3 })).toMatchObject({ applied: 1, scheduled: 0, early: 1 })
    expect([keys(), told]).toEqual([['3'], [expect.objectContaining({ code: 'DELAYS_FULL' })]])
  })

  it('are applied now by flush', async () => {
    const { rules, clock, keys } = setUp()
    rules.on('changed', { keys: ['{id}'], delay: '1h' })
    await Promise.all([1, 2].map(id => rules.emit('changed', { id })))
    await rules.flush()
    expect([keys(), rules.pending, clock.waiting]).toEqual([['1', '2'], 0, 0])
  })

  it('are applied now by close, which refuses everything after', async () => {
    const { rules, clock, keys } = setUp()
    rules.on('changed', { keys: ['{id}'], delay: '1h' })
    await rules.emit('changed', { id: 1 })
    await Promise.all([rules.close(), rules.close()])
    expect([keys(), rules.pending, clock.waiting]).toEqual([['1'], 0, 0])
    await expect(rules.emit('changed', { id: 1 })).rejects.toEqual(closed)
    await expect(rules.flush()).rejects.toEqual(closed)
    await expect(rules.retryDeadLetters()).rejects.toEqual(closed)
    expect(() => rules.on('changed', { keys: ['a'] })).toThrow(closed)
  })

  it('leave nothing behind with `await using`', async () => {
    const { rules, clock } = setUp()
    {
      await using ours = rules
      ours.on('changed', { keys: ['{id}'], delay: '1h' })
      await ours.emit('changed', { id: 1 })
    }
    expect(clock.waiting).toBe(0)
  })
})

describe('failed invalidations of event rules', () => {
  const failure = new Error('no')

  it('are tried again, each time after twice as long', async () => {
    const { rules, cache, clock, told } = setUp()
    let failures = 3
    cache.answer = () => {
      if (failures-- > 0) throw failure
      return { propagated: true }
    }
    rules.on('changed', { keys: ['{id}'] })
    const emitted = rules.emit('changed', { id: 1 })
    const counts = []
    for (const ms of [99, 1, 199, 1, 399, 1]) {
      await clock.advance(ms)
      counts.push(cache.asked.length)
    }
    expect(counts).toEqual([1, 2, 2, 3, 3, 4])
    expect(await emitted).toMatchObject({ applied: 1, failed: 0 })
    expect([told, rules.deadLetters]).toEqual([[], []])
  })

  it('are told and kept when given up, and can be tried again', async () => {
    const { rules, cache, clock, told } = setUp({ retries: 1 })
    cache.answer = () => {
      throw failure
    }
    rules.on('changed', { keys: ['{id}'], mode: 'delete' })
    const emitted = rules.emit('changed', { id: 1 })
    await clock.advance('1s')
    expect(await emitted).toMatchObject({ applied: 0, failed: 1, errors: [failure] })
    expect(told).toEqual([failure])
    const letter = { event: 'changed', target: { keys: ['1'] }, mode: 'delete', error: failure }
    expect(rules.deadLetters).toEqual([{ ...letter, at: expect.any(Number) }])
    const again = rules.retryDeadLetters()
    await clock.advance('1s')
    expect([await again, rules.deadLetters.length]).toEqual([{ applied: 0, failed: 1 }, 1])
    cache.answer = () => ({ propagated: true })
    expect([await rules.retryDeadLetters(), rules.deadLetters]).toEqual([{ applied: 1, failed: 0 }, []])
  })

  it('of a delayed one too', async () => {
    const { rules, cache, clock } = setUp({ retries: 0 })
    cache.answer = () => {
      throw failure
    }
    rules.on('changed', { keys: ['{id}'], delay: '1s' })
    await rules.emit('changed', { id: 1 })
    await clock.advance('1s')
    expect([rules.pending, rules.deadLetters.length]).toEqual([0, 1])
  })

  it('are kept up to a bound, the oldest goes first', async () => {
    const { rules, cache } = setUp({ retries: 0, maxDeadLetters: 2 })
    cache.answer = () => {
      throw failure
    }
    rules.on('changed', { keys: ['{id}'] })
    for (const id of [1, 2, 3]) await rules.emit('changed', { id })
    expect(rules.deadLetters.map(({ target }) => target)).toEqual([{ keys: ['2'] }, { keys: ['3'] }])
  })

  it('do not wait for another try beyond maxPending, and do not hold up close', async () => {
    const { rules, cache, clock } = setUp({ maxPending: 1 })
    cache.answer = () => {
      throw failure
    }
    rules.on('changed', { keys: ['{id}'] })
    const first = rules.emit('changed', { id: 1 })
    expect(await rules.emit('changed', { id: 2 })).toMatchObject({ failed: 1 })
    await rules.close()
    expect(await first).toMatchObject({ failed: 1 })
    expect([rules.deadLetters.length, clock.waiting, cache.asked.length]).toEqual([2, 0, 5])
  })

  it('warn of the name of the error only, unless onError is set', async () => {
    const cache = recordingCache()
    cache.answer = () => {
      throw new TypeError('secret')
    }
    const rules = createEventRules<Events>(cache, { retries: 0 })
    rules.on('changed', { keys: ['{id}'] })
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await rules.emit('changed', { id: 1 })
    const warnings = emitWarning.mock.calls.map(([warning]) => warning)
    emitWarning.mockRestore()
    expect(warnings).toEqual(['a rule for event "changed" failed with TypeError; set onError'])
  })
})
