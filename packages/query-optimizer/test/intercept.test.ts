import { describe, expect, it } from '@jest/globals'
import { intercept } from '../src/intercept.ts'

type AnyFunction = (...args: unknown[]) => unknown

/** A client that records what its `query` was called with, and the ends that were told. */
function rig(answer: (args: unknown[]) => unknown) {
  const calls: unknown[][] = []
  const ends: [string, boolean][] = []
  class Client {
    query(...args: unknown[]): unknown {
      calls.push(args)
      return answer(args)
    }
  }
  const client = new Client() as { query: AnyFunction }
  const restore = intercept(client, text => failed => ends.push([text, failed]))
  return { client, calls, ends, restore }
}

const lastOf = (args: unknown[]) => args.at(-1) as AnyFunction

describe('intercept', () => {
  it('hands on the result of a promise, and its error', async () => {
    const good = rig(async () => 'rows')
    expect(await good.client.query('select 1', [1])).toBe('rows')
    expect([good.calls, good.ends]).toEqual([[['select 1', [1]]], [['select 1', false]]])
    const failure = new Error('bad')
    const bad = rig(() => Promise.reject(failure))
    await expect(bad.client.query({ text: 'select 2' })).rejects.toBe(failure)
    expect(bad.ends).toEqual([['select 2', true]])
  })

  it.each<[string, unknown[]]>([
    ['(text, callback)', ['select 1']],
    ['(text, values, callback)', ['select 1', [1]]],
    ['(config, callback)', [{ text: 'select 1' }]],
  ])('calls back once: %s', (_form, args) => {
    const { client, ends } = rig(given => lastOf(given)(null, 'rows'))
    const heard: unknown[][] = []
    client.query(...args, (...answer: unknown[]) => heard.push(answer))
    expect(heard).toEqual([[null, 'rows']])
    expect(ends).toEqual([['select 1', false]])
  })

  it('knows a callback inside a config, and leaves the config as it is', () => {
    const { client, ends } = rig(([config]) =>
      (config as { callback: AnyFunction }).callback(new Error('bad')),
    )
    const heard: unknown[] = []
    const callback = (error: unknown) => heard.push(error)
    const config = { text: 'select 1', values: [1], callback }
    client.query(config)
    client.query(config)
    expect(config.callback).toBe(callback)
    expect(heard).toHaveLength(2)
    expect(ends).toEqual([
      ['select 1', true],
      ['select 1', true],
    ])
  })

  it('passes a cursor, a stream and nonsense untouched', () => {
    const { client, calls, ends } = rig(([first]) => first)
    for (const given of [
      { text: 'select 1', submit() {}, callback() {} },
      undefined,
      5,
      { name: 'prepared' },
    ]) {
      expect(client.query(given)).toBe(given)
      expect(calls.at(-1)?.[0]).toBe(given)
    }
    expect(ends).toEqual([])
  })

  it('throws what query throws', () => {
    const { client, ends } = rig(() => {
      throw new TypeError('callback is not a function')
    })
    expect(() => client.query('select 1')).toThrow('callback is not a function')
    expect(ends).toEqual([['select 1', true]])
  })

  it('tells one end of a query that calls back and then throws', () => {
    const { client, ends } = rig(args => {
      lastOf(args)(null, 'rows')
      throw new TypeError('too late')
    })
    expect(() => client.query('select 1', () => {})).toThrow('too late')
    expect(ends).toEqual([['select 1', false]])
  })

  it('keeps what goes wrong in tracking from the query', async () => {
    const client = { query: (async () => 'rows') as AnyFunction }
    intercept(client, () => {
      throw new Error('at the begin')
    })
    expect(await client.query('select 1')).toBe('rows')
    const other = { query: (async () => 'rows') as AnyFunction }
    intercept(other, () => () => {
      throw new Error('at the end')
    })
    expect(await other.query('select 1')).toBe('rows')
  })

  it('restores the query it found', () => {
    const { client, restore } = rig(() => undefined)
    expect(Object.hasOwn(client, 'query')).toBe(true)
    restore()
    expect(Object.hasOwn(client, 'query')).toBe(false)
  })
})
