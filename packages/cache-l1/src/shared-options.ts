/**
 * Whether two sets of options mean the same: plain objects and arrays by what is in them, an absent option like an
 * undefined one; other data (dates, sets, bytes) by content; functions and instances by identity, for they have none.
 */
import { types } from 'node:util'
import { contentText } from '@greenlang/core'

/** Options do not nest deeper: below it they count as the same only if they are one object. */
const deepest = 16

/** Names of the options that differ; `undefined` if none does. Empty if either is no plain object. */
export function differenceOf(first: unknown, second: unknown): readonly string[] | undefined {
  if (!isPlain(first) || !isPlain(second)) return alike(first, second, 0) ? undefined : []
  const differing = namesOf(first, second).filter(name => !alike(first[name], second[name], 1))
  return differing.length === 0 ? undefined : differing
}

/** Later changes by the caller do not reach it. */
export function snapshotOf(options: unknown, depth = 0): unknown {
  if (depth === deepest) return options
  if (Array.isArray(options)) return options.map(member => snapshotOf(member, depth + 1))
  if (!isPlain(options)) return options
  return Object.fromEntries(
    Object.entries(options).map(([name, held]) => [name, snapshotOf(held, depth + 1)]),
  )
}

function alike(first: unknown, second: unknown, depth: number): boolean {
  if (Object.is(first, second)) return true
  if (depth === deepest || typeof first !== 'object' || typeof second !== 'object') return false
  if (Array.isArray(first) && Array.isArray(second))
    return first.length === second.length && first.every((one, at) => alike(one, second[at], depth + 1))
  if (isPlain(first) && isPlain(second))
    return namesOf(first, second).every(name => alike(first[name], second[name], depth + 1))
  return textOf(first) === textOf(second)
}

function namesOf(first: object, second: object): string[] {
  return [...new Set([...Object.keys(first), ...Object.keys(second)])]
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Different for any two that have no content. */
function textOf(value: unknown): unknown {
  try {
    return contentText([value])
  } catch {
    return Symbol('no content')
  }
}
