import { fakeClock } from '@greenlang/testkit'
import { describe, expect, it } from '@jest/globals'
import { createEventRules, type EventRuleOptions, escapePattern, type WorkflowEvents } from '../src/index.ts'
import { recordingCache } from './recording-cache.ts'

const failure = new Error('no')

function setUp(options: Parameters<typeof createEventRules>[1] = {}) {
  const cache = recordingCache()
  const told: [unknown, string][] = []
  const clock = fakeClock()
  const onError = (error: unknown, event: string) => void told.push([error, event])
  const rules = createEventRules<WorkflowEvents>(cache, { clock, onError, retries: 0, ...options })
  return { cache, clock, rules, told, asked: cache.asked }
}

describe('createEventRules', () => {
  it('invalidates the keys, tags and pattern of every rule for the event, and of no other', async () => {
    const { rules, asked } = setUp()
    rules.on('workflow.updated', { keys: ['workflow:{id}', 'list'], tags: event => [`user:${event.userId}`] })
    rules.on('workflow.updated', { pattern: 'workflow:{id}:*', mode: 'delete' })
    rules.on('workflow.deleted', { keys: ['other:{id}'] })
    const report = await rules.emit('workflow.updated', { id: 7, userId: 'ann' })
    expect(asked).toEqual([
      { keys: ['workflow:7', 'list'], mode: 'invalidate' },
      { tags: ['user:ann'], mode: 'invalidate' },
      { pattern: 'workflow:7:*', mode: 'delete' },
    ])
    expect(report).toEqual({
      ...{ rules: 2, matched: 2, applied: 2, failed: 0, scheduled: 0, early: 0, errors: [] },
      results: [{ propagated: true }, { propagated: true }, { propagated: true }],
    })
  })

  it('W38: a pattern is invalidated as a pattern, never as a key', async () => {
    const { rules, asked } = setUp()
    rules.on('agent.updated', { pattern: 'agent:{id}:*' })
    await rules.emit('agent.updated', { id: 'a' })
    expect(asked).toEqual([{ pattern: 'agent:a:*', mode: 'invalidate' }])
  })

  it('W38: an id with a star in it clears nothing but itself', async () => {
    const { rules, asked } = setUp()
    rules.on('user.updated', { pattern: 'user:{id}:*' })
    await rules.emit('user.updated', { id: '*?\\' })
    expect(asked).toEqual([{ pattern: `user:${escapePattern('*?\\')}:*`, mode: 'invalidate' }])
  })

  it('W38: a delayed rule is applied that long after the event, and not before', async () => {
    const { rules, asked, clock } = setUp()
    rules.on('data.updated', { tags: ['{source}'], delay: '30s' })
    const report = await rules.emit('data.updated', { source: 'orders' })
    expect(report).toMatchObject({ matched: 1, applied: 0, failed: 0, scheduled: 1 })
    await clock.advance(29_999)
    expect([asked.length, rules.pending]).toEqual([0, 1])
    await clock.advance(1)
    expect([asked.length, rules.pending]).toEqual([1, 0])
  })

  it('W38: a missing field fails its own rule with a typed error, and no other rule', async () => {
    const { rules, asked, told } = setUp()
    rules.on('workflow.updated', { keys: ['of:{userId}'] })
    rules.on('workflow.updated', { keys: ['workflow:{id}'] })
    const report = await rules.emit('workflow.updated', { id: 1 })
    expect(asked).toEqual([{ keys: ['workflow:1'], mode: 'invalidate' }])
    expect(report).toMatchObject({ matched: 2, applied: 1, failed: 1 })
    const error = expect.objectContaining({ code: 'EVENT_FIELD', field: 'userId', event: 'workflow.updated' })
    expect(report.errors).toEqual([error])
    expect(told).toEqual([[error, 'workflow.updated']])
  })

  it.each([
    ['the prototype', Object.create({ id: 'inherited' })],
    ['a hidden field', Object.defineProperty({}, 'id', { value: 'hidden' })],
    ['an object', { id: { toString: () => 'x' } }],
    ['an empty text', { id: '' }],
    ['no number', { id: Number.NaN }],
    ['nothing at all', null],
  ])('W38: a template does not read %s', async (_, payload) => {
    const { rules, asked } = setUp()
    rules.on('user.updated', { pattern: '{id}*' })
    const { errors } = await rules.emit('user.updated', payload as { id: string })
    expect(errors).toEqual([expect.objectContaining({ code: 'EVENT_FIELD' })])
    expect(asked).toEqual([])
  })

  it.each(['constructor', '__proto__', 'toString'])('W38: a template does not read %s', async field => {
    const { rules } = setUp()
    rules.on('user.updated', { keys: [`x:{${field}}`] })
    expect((await rules.emit('user.updated', { id: 1 })).failed).toBe(1)
  })

  it('W38: a rule that throws, or whose cache rejects, stops no other', async () => {
    const { rules, cache, asked } = setUp()
    cache.answer = target => {
      if ('tags' in target) throw failure
      return { propagated: false, unreached: ['redis'] }
    }
    const thrower = () => {
      throw failure
    }
    rules.on('config.changed', { keys: thrower })
    rules.on('config.changed', { keys: ['a'], when: thrower })
    rules.on('config.changed', { tags: ['b'] })
    rules.on('config.changed', { keys: event => [event.name] })
    const report = await rules.emit('config.changed', { name: 'c' })
    expect(report).toEqual({
      ...{ rules: 4, matched: 4, applied: 1, failed: 3, scheduled: 0, early: 0 },
      errors: [failure, failure, failure],
      results: [{ propagated: false, unreached: ['redis'] }],
    })
    expect(asked).toHaveLength(2)
  })

  it('W38: a listener of errors that throws stops nothing', async () => {
    const { rules, asked } = setUp({
      onError: () => {
        throw failure
      },
    })
    rules.on('user.updated', { keys: ['{missing}'] })
    rules.on('user.updated', { keys: ['{id}'] })
    await rules.emit('user.updated', { id: 1 })
    expect(asked).toHaveLength(1)
  })

  it('W38: rules that come and go while an event is under way do not disturb it', async () => {
    const { rules, cache, asked } = setUp()
    const off = [1, 2, 3].map(n =>
      rules.on('user.updated', {
        keys: () => {
          for (const stop of off) stop()
          rules.on('user.updated', { keys: ['later'] })
          return [`rule ${n}`]
        },
      }),
    )
    cache.answer = async () => ({ propagated: true })
    expect(await rules.emit('user.updated', { id: 1 })).toMatchObject({ matched: 3, applied: 3 })
    asked.length = 0
    expect(await rules.emit('user.updated', { id: 1 })).toMatchObject({ matched: 3 })
    expect(asked.every(one => 'keys' in one && one.keys[0] === 'later')).toBe(true)
  })

  it('asks `when`, and takes no names for nothing to do', async () => {
    const { rules, asked } = setUp()
    rules.on('agent.deleted', { keys: ['a'], when: ({ id }) => id === 1 })
    rules.on('agent.deleted', { keys: () => [], pattern: () => undefined })
    expect(await rules.emit('agent.deleted', { id: 2 })).toMatchObject({ matched: 1, applied: 0, failed: 0 })
    expect(asked).toEqual([])
  })

  it('fails a rule whose function gives something else than names', async () => {
    const { rules } = setUp()
    rules.on('user.updated', { keys: () => [''] })
    rules.on('user.updated', { tags: () => 'users' as never })
    rules.on('user.updated', { pattern: () => '' })
    const { errors } = await rules.emit('user.updated', { id: 1 })
    expect(errors).toEqual(Array(3).fill(expect.objectContaining({ code: 'INVALID_ARGUMENT' })))
  })

  it('has braces for braces', async () => {
    const { rules, asked } = setUp()
    rules.on('user.updated', { keys: ['{{x}}:{id}'] })
    await rules.emit('user.updated', { id: 1 })
    expect(asked).toEqual([{ keys: ['{x}:1'], mode: 'invalidate' }])
  })

  const bad: [string, unknown][] = [
    ['nothing to invalidate', {}],
    ['an unknown name', { keys: ['a'], key: 'b' }],
    ['a path', { keys: ['{user.id}'] }],
    ['a lone brace', { keys: ['a{'] }],
    ['an empty field', { tags: ['{}'] }],
    ['no array', { tags: 'a' }],
    ['an empty array', { keys: [] }],
    ['an empty pattern', { pattern: '' }],
    ['a bad mode', { keys: ['a'], mode: 'drop' }],
    ['a bad delay', { keys: ['a'], delay: -1 }],
    ['an endless delay', { keys: ['a'], delay: Number.POSITIVE_INFINITY }],
    ['no delay', { keys: ['a'], delay: [] }],
    ['a bad when', { keys: ['a'], when: true }],
  ]
  it.each(bad)('refuses a rule with %s as it is given', (_, rule) => {
    const { rules } = setUp()
    expect(() => rules.on('user.updated', rule as EventRuleOptions<{ id: string | number }>)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })

  it.each([
    { retries: -1 },
    { retries: 21 },
    { maxPending: 0 },
    { maxDeadLetters: 1.5 },
    { onError: 1 },
    { clock: {} },
    { other: 1 },
  ])('refuses the options %j', options => {
    const cache = recordingCache()
    const invalid = expect.objectContaining({ code: 'INVALID_OPTION' })
    expect(() => createEventRules(cache, options as never)).toThrow(invalid)
    expect(() => createEventRules({} as never)).toThrow(invalid)
  })
})
