import { describe, expect, it } from '@jest/globals'
import { parseByteSize } from '../src/index.ts'

describe('parseByteSize', () => {
  it.each([
    [1, 1],
    [1.9, 1],
    ['512b', 512],
    ['1kb', 1_024],
    ['0.5kb', 512],
    ['100mb', 104_857_600],
    ['1.5gb', 1_610_612_736],
    ['10gb', 10_737_418_240],
  ] as const)('reads %p as %p bytes', (value, bytes) => {
    expect(parseByteSize('maxBytes', value)).toBe(bytes)
  })

  it.each([
    0,
    -1,
    0.9,
    '0.9b',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    'kb',
    '1 kb',
    '1KB',
    '1tb',
    '-1kb',
    '1e3b',
    null,
    undefined,
  ])('refuses %p', value => {
    expect(() => parseByteSize('maxBytes', value as never)).toThrow(
      'option maxBytes must be a size >= 1 bytes',
    )
  })

  it('takes a smallest size of its own', () => {
    expect(parseByteSize('threshold', 0, 0)).toBe(0)
    expect(() => parseByteSize('maxBytes', '1kb', 4_096)).toThrow('must be a size >= 4096 bytes')
  })
})
