/** Checks that every factory of the family runs over its options: bad ones throw, naming option, range and value. */
import type { Clock } from './clock.ts'
import { InvalidArgumentError, InvalidOptionError } from './error.ts'

/** A whole number within `[min, max]`. */
export function checkInteger(
  option: string,
  value: unknown,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  const upper = max === Number.MAX_SAFE_INTEGER ? '' : ` and <= ${max}`
  throw new InvalidOptionError(option, `a whole number >= ${min}${upper}`, value)
}

/** A number within `[min, max]`. */
export function checkNumber(option: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  throw new InvalidOptionError(option, `a number >= ${min} and <= ${max}`, value)
}

/** A string with at least one character. */
export function checkText(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidOptionError(option, 'a string that is not empty', value)
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidOptionError(option, 'true or false', value)
}

export function checkOneOf<T extends string>(option: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T
  throw new InvalidOptionError(option, `one of ${choices.map(choice => `'${choice}'`).join(', ')}`, value)
}

export function checkFunction<T>(option: string, value: T): T {
  if (typeof value === 'function') return value
  throw new InvalidOptionError(option, 'a function', value)
}

export function checkClock(option: string, value: Clock): Clock {
  const calls: Partial<Clock> | null = typeof value === 'object' ? value : null
  const complete = [calls?.now, calls?.turn, calls?.sleep].every(call => typeof call === 'function')
  if (complete) return value
  throw new InvalidOptionError(option, 'a clock with now(), turn() and sleep()', value)
}

/** That `options` is an object and holds no name outside `known`: a misspelt option is never silently ignored. */
export function checkOptions(subject: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidOptionError(`of ${subject}`, 'an object', options)
  const stray = Object.keys(options).find(name => !known.includes(name))
  if (stray !== undefined)
    throw new InvalidOptionError(`${subject}.${stray}`, `one that exists: ${known.join(', ')}`, undefined)
}

/** A cache key: any string. */
export function checkKey(key: unknown): string {
  if (typeof key === 'string') return key
  throw new InvalidArgumentError('key', 'a string', key)
}
