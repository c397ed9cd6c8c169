/** Checks of what callers give, beyond those of the options themselves. */
import { describe, expect, it } from '@jest/globals'
import { checkOptionsObject, checkSource, isMapLike } from '../src/arguments.ts'

describe('options that are read in part only', () => {
  it.each([null, undefined, 5, 'text', [[]], true])('are not %p', options => {
    expect(() => checkOptionsObject('the read', options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('the read') }),
    )
  })

  it('are any object', () => {
    const options = { anything: 1 }
    expect(checkOptionsObject('the read', options)).toBe(options)
  })
})

describe('a source of keys', () => {
  it.each([null, undefined, 5, 'text', {}, true, () => []])('is not %p', source => {
    expect(() => checkSource(source)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('is any iterable', async () => {
    async function* later() {
      yield 'a'
    }
    for (const source of [['a'], new Set(['a']), new Map().keys(), later()])
      expect(checkSource(source)).toBe(source)
  })
})

describe('what reads as a Map', () => {
  it('has get, has and a size', () => {
    for (const values of [new Map(), { get: () => 1, has: () => true, size: 1 }])
      expect(isMapLike(values)).toBe(true)
    for (const values of [undefined, null, 5, [], {}, new Set(), { get: () => 1 }])
      expect(isMapLike(values)).toBe(false)
  })
})
