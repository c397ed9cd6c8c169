import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import * as here from '../src/index.ts'

/** Another copy of the package, as a second installation is: not one class in common. */
const copy = '../src/error.ts?copy=2'
const there: typeof import('../src/error.ts') = await import(copy)

describe('isGreenlangError', () => {
  it('knows errors of another copy of the package, by brand and code', () => {
    const foreign = new there.ClosedError('tier "memory"')
    expect(foreign instanceof here.ClosedError).toBe(false)
    expect(here.isGreenlangError(foreign)).toBe(true)
    expect(here.isGreenlangError(foreign, 'CLOSED')).toBe(true)
    expect(here.isGreenlangError(foreign, 'DEADLINE')).toBe(false)
    expect(there.isGreenlangError(new here.DeadlineError('get', 5), 'DEADLINE')).toBe(true)
  })

  it.each([undefined, null, 'CLOSED', 7, {}, new Error('CLOSED'), { code: 'CLOSED' }])(
    'is false for %p',
    value => {
      expect(here.isGreenlangError(value)).toBe(false)
    },
  )

  it('is false for what only looks like one, from another realm too', () => {
    const lookalike: unknown = runInNewContext(
      "Object.assign(new Error('x'), { code: 'CLOSED', [Symbol.for('@greenlang/error')]: 'yes' })",
    )
    expect(here.isGreenlangError(lookalike, 'CLOSED')).toBe(false)
  })
})

describe('a family error', () => {
  it('has a name, a code, a cause and a stack, and shows no brand', () => {
    const cause = new Error('below')
    class LoadError extends here.GreenlangError {
      readonly code = 'LOAD'
    }
    const error = new LoadError('load failed', { cause })
    expect([error.name, error.code, error.message, error.cause]).toEqual([
      'LoadError',
      'LOAD',
      'load failed',
      cause,
    ])
    expect(error.stack).toContain('LoadError: load failed')
    expect(Object.keys(error).sort()).toEqual(['code', 'name'])
  })

  it.each([
    [
      new here.ClosedError('tier "memory"'),
      'CLOSED',
      'tier "memory" is closed; create a new one, or close it later',
    ],
    [
      new here.DeadlineError('get of tier "redis"', 50),
      'DEADLINE',
      'get of tier "redis" did not answer within 50 ms',
    ],
    [
      new here.InvalidArgumentError('key', 'a string', 'secret'),
      'INVALID_ARGUMENT',
      'argument key must be a string; got a string of 6 characters',
    ],
    [
      new here.InvalidOptionError('ttl', 'a duration', -1),
      'INVALID_OPTION',
      'option ttl must be a duration; got -1',
    ],
  ])('%s', (error, code, message) => {
    expect([error.code, error.message]).toEqual([code, message])
  })
})

describe('hideField', () => {
  it('sets a field that can be read but that no log shows', () => {
    const error = new here.ClosedError('tier "memory"')
    here.hideField(error, 'key', 'user:42:secret')
    expect((error as { key?: string }).key).toBe('user:42:secret')
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(inspect(error)).not.toContain('secret')
    expect(Object.keys(error)).not.toContain('key')
  })
})

describe('InvalidOptionError', () => {
  const secret = 'hunter2-hunter2'

  it.each([
    'url',
    'redisUrl',
    'databaseURL',
    'password',
    'token',
    'authToken',
    'secret',
    'clientSecret',
    'credentials',
    'key',
    'encryptionKey',
    'keys',
    'apiKey',
    'passphrase',
    'connectionString',
  ])('does not show the value of %s', option => {
    for (const value of [secret, `redis://user:${secret}@host`, { secret }, [secret]]) {
      const error = new here.InvalidOptionError(option, 'something else', value)
      expect(`${error.message} ${JSON.stringify(error)} ${inspect(error)}`).not.toContain('hunter2')
    }
  })

  it('shows the value of a harmless option, cut short', () => {
    expect(new here.InvalidOptionError('keyPrefix', 'shorter', 'a:').message).toContain('got "a:"')
    expect(new here.InvalidOptionError('name', 'shorter', 'x'.repeat(500)).message.length).toBeLessThan(150)
    expect(new here.InvalidOptionError('ttl', 'a duration', undefined).message).toContain('got nothing')
    expect(new here.InvalidOptionError('ttl', 'a duration', null).message).toContain('got null')
    expect(new here.InvalidOptionError('ttl', 'a duration', Number.NaN).message).toContain('got NaN')
    expect(new here.InvalidOptionError('ttl', 'a duration', ['5m']).message).toContain('got an array of 1')
  })

  it('shows no credentials inside the value of a harmless option', () => {
    const { message } = new here.InvalidOptionError('name', 'a name', `postgres://app:${secret}@db/app`)
    expect(message).not.toContain('hunter2')
  })
})
