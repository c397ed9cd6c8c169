import { describe, expect, it } from '@jest/globals'
import { isGreenlangError, parseDuration } from '../src/index.ts'

describe('parseDuration', () => {
  it.each([
    [250, 250],
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ] as const)('reads %p as %p ms', (value, ms) => {
    expect(parseDuration('ttl', value)).toBe(ms)
  })

  it.each([0, -1, Number.NaN, '5 minutes', '', 's', '-5s', null, undefined, {}])('refuses %p', value => {
    let thrown: unknown
    try {
      parseDuration('ttl', value as never)
    } catch (error) {
      thrown = error
    }
    expect(isGreenlangError(thrown, 'INVALID_OPTION')).toBe(true)
    expect((thrown as Error).message).toMatch(/^option ttl must be a duration > 0/)
  })
})
