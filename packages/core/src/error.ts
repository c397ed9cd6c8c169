/**
 * Errors of the family are recognised by a brand and a `code`, never by class identity: two installed copies of a
 * package then understand each other's errors, and so do realms.
 */
const brand: unique symbol = Symbol.for('@greenlang/error') as never

/** Base of every error the family throws. `code` is stable; the message is for people and may change. */
export abstract class GreenlangError extends Error {
  abstract readonly code: string

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether `error` is one of the family's, from whichever copy of a package; with `code`, whether it is that one. */
export function isGreenlangError(error: unknown, code?: string): error is GreenlangError {
  if (typeof error !== 'object' || error === null) return false
  const candidate = error as { [brand]?: unknown; code?: unknown }
  return candidate[brand] === true && (code === undefined || candidate.code === code)
}

/** Sets a field that logs and `JSON.stringify` do not show: keys and values may be secret. */
export function hideField<Name extends string>(error: GreenlangError, name: Name, value: unknown): void {
  Object.defineProperty(error, name, { value, enumerable: false })
}

/** An option is missing, of the wrong kind or out of range. Thrown while constructing, never later. */
export class InvalidOptionError extends GreenlangError {
  readonly code = 'INVALID_OPTION'
  /** Name of the option, as the caller wrote it. */
  readonly option: string
  /** What would have been accepted. */
  readonly expected: string

  constructor(option: string, expected: string, value: unknown) {
    super(`option ${option} must be ${expected}; got ${describeValue(option, value)}`)
    this.option = option
    this.expected = expected
  }
}

/** A call was made with an argument that can never work. */
export class InvalidArgumentError extends GreenlangError {
  readonly code = 'INVALID_ARGUMENT'
  readonly argument: string

  constructor(argument: string, expected: string, value: unknown) {
    super(`argument ${argument} must be ${expected}; got ${describeKind(value)}`)
    this.argument = argument
  }
}

/** A method was called after `close()`. */
export class ClosedError extends GreenlangError {
  readonly code = 'CLOSED'
  /** What was closed, e.g. `tier "memory"`. */
  readonly subject: string

  constructor(subject: string) {
    super(`${subject} is closed; create a new one, or close it later`)
    this.subject = subject
  }
}

/** Nobody had a value for the caller in time, and nothing may stand in for one. The load goes on, for the next callers. */
export class LoadTimeoutError extends GreenlangError {
  readonly code = 'LOAD_TIMEOUT'
  /** Not shown by logs. */
  declare readonly key: string
  /** How long the caller waited, or the load ran, in ms. */
  readonly limitMs: number

  constructor(key: string, limitMs: number) {
    super(
      `a value was not loaded within ${limitMs} ms; raise the limit, give the value a grace, or see why its loader is slow (error.key says which)`,
    )
    hideField(this, 'key', key)
    this.limitMs = limitMs
  }
}

/** An operation did not settle within its deadline. What it started may still take effect. */
export class DeadlineError extends GreenlangError {
  readonly code = 'DEADLINE'
  readonly subject: string
  /** The deadline that passed, in ms. */
  readonly limitMs: number

  constructor(subject: string, limitMs: number) {
    super(`${subject} did not answer within ${limitMs} ms`)
    this.subject = subject
    this.limitMs = limitMs
  }
}

const secretName =
  /url|uri$|dsn$|^pass$|passw|passphrase|token|secret|credential|connectionstring|key(?!s?prefix)/i
/** A url with a user in it: secret under whatever name it was given. */
const withCredentials = /:\/\/[^/]*@/
const longestShown = 80

function describeValue(option: string, value: unknown): string {
  if (value === undefined) return 'nothing'
  const secret = secretName.test(option) || (typeof value === 'string' && withCredentials.test(value))
  if (secret) return `${describeKind(value)} (not shown)`
  if (typeof value === 'string') return JSON.stringify(value.slice(0, longestShown))
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  return describeKind(value)
}

function describeKind(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'string') return `a string of ${value.length} characters`
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`
}
