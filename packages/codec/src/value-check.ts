import { UnsupportedValueError } from './error.ts'
import type { CodecLimits } from './limits.ts'

/** What a value is to a codec: kept whole, walked into, or not supported because of `reason`. */
export type Verdict = 'whole' | 'array' | 'object' | 'map' | 'set' | { readonly reason: string }

export interface ValueRules {
  readonly codec: string
  readonly limits: CodecLimits
  judge(value: unknown): Verdict
  /** Why an object may not have a property of this name; `undefined` if it may. Default: it may. */
  judgeName?(name: string): string | undefined
  /** Whether an undefined property is left out of the bytes, so need not be judged. Default `false`. */
  readonly dropsUndefined?: boolean
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

/** Whether its prototype is that of object literals or none, in whichever realm it was made. */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Whether it is an array and not of a subclass, in whichever realm it was made. */
export function isPlainArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const parent = Object.getPrototypeOf(Object.getPrototypeOf(value) ?? {})
  return parent !== null && Object.getPrototypeOf(parent) === null
}

class Walk {
  readonly #rules: ValueRules
  #items = 0

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
      if (value === undefined && this.#rules.dropsUndefined) continue
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
