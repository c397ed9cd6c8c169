import { describe, expect, it } from '@jest/globals'
import {
  checkBoolean,
  checkClock,
  checkFunction,
  checkInteger,
  checkKey,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkText,
  isGreenlangError,
  systemClock,
} from '../src/index.ts'

const thrownBy = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

const accepted: readonly [string, () => unknown, unknown][] = [
  ['the lower bound', () => checkInteger('n', 1, 1, 3), 1],
  ['the upper bound', () => checkInteger('n', 3, 1, 3), 3],
  ['a fraction', () => checkNumber('n', 0.5, 0, 1), 0.5],
  [
    'an infinite bound',
    () => checkNumber('n', Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY),
    Number.POSITIVE_INFINITY,
  ],
  ['a text', () => checkText('name', 'a'), 'a'],
  ['false', () => checkBoolean('on', false), false],
  ['a choice', () => checkOneOf('mode', 'b', ['a', 'b']), 'b'],
  ['a function', () => checkFunction('load', isGreenlangError), isGreenlangError],
  ['a clock', () => checkClock('clock', systemClock), systemClock],
  ['known names', () => checkOptions('thing', { a: 1 }, ['a', 'b']), undefined],
  ['no options at all', () => checkOptions('thing', {}, ['a']), undefined],
  ['the empty key', () => checkKey(''), ''],
]

const refused: readonly [string, () => unknown][] = [
  ['option n must be a whole number >= 1 and <= 3; got 0', () => checkInteger('n', 0, 1, 3)],
  ['option n must be a whole number >= 1 and <= 3; got 4', () => checkInteger('n', 4, 1, 3)],
  ['option n must be a whole number >= 1; got 1.5', () => checkInteger('n', 1.5, 1)],
  [
    'option n must be a whole number >= 1; got Infinity',
    () => checkInteger('n', Number.POSITIVE_INFINITY, 1),
  ],
  ['option n must be a whole number >= 1; got "2"', () => checkInteger('n', '2', 1)],
  ['option n must be a whole number >= 1; got nothing', () => checkInteger('n', undefined, 1)],
  ['option n must be a whole number >= 0; got a value of type bigint', () => checkInteger('n', 5n, 0)],
  ['option n must be a number >= 0 and <= 1; got NaN', () => checkNumber('n', Number.NaN, 0, 1)],
  ['option n must be a number >= 0 and <= 1; got 1.1', () => checkNumber('n', 1.1, 0, 1)],
  ['option name must be a string that is not empty; got ""', () => checkText('name', '')],
  ['option on must be true or false; got 1', () => checkBoolean('on', 1)],
  ["option mode must be one of 'a', 'b'; got \"c\"", () => checkOneOf('mode', 'c', ['a', 'b'])],
  ['option load must be a function; got null', () => checkFunction('load', null)],
  [
    'option clock must be a clock with now(), turn() and sleep(); got null',
    () => checkClock('clock', null as never),
  ],
  [
    'option clock must be a clock with now(), turn() and sleep(); got a value of type object',
    () => checkClock('clock', { now: Date.now } as never),
  ],
  ['option of thing must be an object; got nothing', () => checkOptions('thing', undefined, [])],
  ['option of thing must be an object; got an array of 0', () => checkOptions('thing', [], [])],
  ['option of thing must be an object; got "a"', () => checkOptions('thing', 'a', [])],
]

describe('checks of options', () => {
  it.each(accepted)('accept %s', (_name, check, value) => {
    expect(check()).toBe(value)
  })

  it.each(refused)('%s', (message, check) => {
    const thrown = thrownBy(check)
    expect(isGreenlangError(thrown, 'INVALID_OPTION')).toBe(true)
    expect((thrown as Error).message).toBe(message)
  })

  it('name an option that does not exist, and those that do, but not its value', () => {
    const thrown = thrownBy(() =>
      checkOptions('memoryTier', { maxEntries: 1, maxEntires: 'value' }, ['maxEntries', 'name']),
    )
    expect((thrown as Error).message).toContain(
      'option memoryTier.maxEntires must be one that exists: maxEntries, name',
    )
    expect((thrown as Error).message).not.toContain('"value"')
  })
})

describe('checkKey', () => {
  it.each([undefined, null, 7, {}, ['a']])('refuses %p', key => {
    expect(
      isGreenlangError(
        thrownBy(() => checkKey(key)),
        'INVALID_ARGUMENT',
      ),
    ).toBe(true)
  })
})
