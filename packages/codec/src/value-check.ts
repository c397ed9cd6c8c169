import { types } from 'node:util'
import { UnsupportedValueError } from './error.ts'
import type { CodecLimits } from './limits.ts'

const byteOrderMark = 0xfeff
/** Most arrays, objects, maps and sets in one value: a few that refer to each other may stand for any number of them. */
export const mostContainers: number = 2 ** 20

/** What a value is to a codec: kept whole, walked into, or not supported because of `reason`. */
export type Verdict = 'whole' | 'array' | 'object' | 'map' | 'set' | { readonly reason: string }

export interface ValueRules {
  readonly codec: string
  readonly limits: CodecLimits
  judge(value: unknown): Verdict
  /** Why an object may not have a property of this name; `undefined` if it may. Default: it may. */
  judgeName?(name: string): string | undefined
}

interface Problem {
  readonly reason: string
  readonly path: (string | number)[]
}

/** Walks a value before it is encoded: codecs flatten silently what they do not know. */
export function checkValue(rules: ValueRules, value: unknown): void {
  const problem = value === undefined ? problemOf('undefined') : new Walk(rules).find(value, 0)
  if (problem) throw new UnsupportedValueError(rules.codec, problem.reason, problem.path)
}

/** What arrays and objects are to every codec: only items and properties named by strings come back. */
export function judgeContainer(value: object): Verdict {
  if (isPlainArray(value)) {
    // With a hole there may be as many names as items; the walk inside finds it.
    const own = Object.keys(value).length > (value as unknown[]).length || hasSymbols(value)
    return own ? { reason: 'an array with properties of its own' } : 'array'
  }
  if (!isPlainObject(value)) return { reason: 'an instance of a class' }
  return hasSymbols(value) ? { reason: 'an object with a symbol for a name' } : 'object'
}

/** A Date of this realm and of no subclass, with nothing added to it. */
export function isWholeDate(value: unknown): value is Date {
  return types.isDate(value) && Object.getPrototypeOf(value) === Date.prototype && isBare(value)
}

/** Whether it comes back from UTF-8 as it was: no half of a surrogate pair, and no mark that readers take off. */
export function isWholeText(text: string): boolean {
  return isWellFormed(text) && text.charCodeAt(0) !== byteOrderMark
}

/** Whether it has UTF-8: no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/** Whether nothing was set on it by name. */
export function isBare(value: object): boolean {
  return Object.keys(value).length === 0 && !hasSymbols(value)
}

/** Whether its prototype is that of object literals or none, in whichever realm it was made. */
function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
}

function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0
}

/** Whether it is an array and not of a subclass, in whichever realm it was made. */
function isPlainArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  if (Object.getPrototypeOf(value) === Array.prototype) return true
  const parent = Object.getPrototypeOf(Object.getPrototypeOf(value) ?? {})
  return parent !== null && Object.getPrototypeOf(parent) === null
}

class Walk {
  readonly #rules: ValueRules
  #items = 0
  #containers = 0

  constructor(rules: ValueRules) {
    this.#rules = rules
  }

  find(value: unknown, depth: number): Problem | undefined {
    const { limits } = this.#rules
    this.#items += 1
    // Each item takes a byte at least; this also ends the walk of a value that refers to itself many times over.
    if (this.#items > limits.maxBytes) return problemOf(`a value larger than ${limits.maxBytes} bytes`)
    const verdict = this.#rules.judge(value)
    if (verdict === 'whole') return undefined
    if (typeof verdict === 'object') return problemOf(verdict.reason)
    this.#containers += 1
    if (this.#containers > mostContainers)
      return problemOf(`a value of more than ${mostContainers} objects and arrays`)
    if (depth >= limits.maxDepth)
      return problemOf(`a value that contains itself or is nested deeper than ${limits.maxDepth} levels`)
    return this.#findInside(verdict, value, depth + 1)
  }

  #findInside(verdict: Verdict, value: unknown, depth: number): Problem | undefined {
    if (verdict === 'array') return this.#findInArray(value as unknown[], depth)
    if (verdict === 'object') return this.#findInObject(value as Record<string, unknown>, depth)
    let position = 0
    for (const item of value as Iterable<unknown>) {
      const parts = verdict === 'map' ? (item as unknown[]) : [item]
      for (const part of parts) {
        const found = this.find(part, depth)
        if (found) return inside(position, found)
      }
      position += 1
    }
    return undefined
  }

  #findInArray(array: unknown[], depth: number): Problem | undefined {
    for (let index = 0; index < array.length; index += 1) {
      const item = array[index]
      const isHole = item === undefined && !(index in array)
      const found = isHole ? problemOf('an array with holes') : this.find(item, depth)
      if (found) return inside(index, found)
    }
    return undefined
  }

  #findInObject(object: Record<string, unknown>, depth: number): Problem | undefined {
    for (const name of Object.keys(object)) {
      const value = object[name]
      const reason = this.#rules.judgeName?.(name)
      const found = reason === undefined ? this.find(value, depth) : problemOf(reason)
      if (found) return inside(name, found)
    }
    return undefined
  }
}

function problemOf(reason: string): Problem {
  return { reason, path: [] }
}

function inside(step: string | number, found: Problem): Problem {
  found.path.unshift(step)
  return found
}
