import { InvalidArgumentError, type Invalidation } from '@greenlang/core'

/** Characters of one invalidation as JSON, and so of a message. What is larger is neither sent nor read. */
export const mostCharacters: number = 2 ** 24
/** JSON writes a character in six at most. */
const longestEscape = 6

/**
 * The invalidation as it is now: what the caller does to its lists later changes nothing.
 * @throws InvalidArgumentError for what names no mode or not one kind of target, and for what is too large.
 */
export function checkInvalidation(invalidation: unknown): Invalidation {
  const read = readInvalidation(invalidation)
  if (read === undefined)
    throw new InvalidArgumentError(
      'invalidation',
      "one with mode 'delete' or 'invalidate' and keys, tags (strings, not none), pattern or all: true",
      invalidation,
    )
  if (roughLength(read) > mostCharacters / longestEscape && JSON.stringify(read).length > mostCharacters)
    throw new InvalidArgumentError(
      'invalidation',
      `at most ${mostCharacters} characters as JSON`,
      invalidation,
    )
  return read
}

/** A copy of it with nothing else in it, or `undefined` if it is none. */
export function readInvalidation(value: unknown): Invalidation | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { mode, keys, tags, pattern, all } = value as Record<string, unknown>
  if (mode !== 'delete' && mode !== 'invalidate') return undefined
  const given = count(keys) + count(tags) + count(pattern) + count(all)
  if (given !== 1) return undefined
  if (isNames(keys)) return { mode, keys: [...keys] }
  if (isNames(tags)) return { mode, tags: [...tags] }
  if (typeof pattern === 'string') return { mode, pattern }
  return all === true ? { mode, all } : undefined
}

const count = (target: unknown): number => (target === undefined ? 0 : 1)

function isNames(names: unknown): names is string[] {
  return Array.isArray(names) && names.length > 0 && names.every(name => typeof name === 'string')
}

function roughLength(invalidation: Invalidation): number {
  if ('pattern' in invalidation) return invalidation.pattern.length
  if ('all' in invalidation) return 0
  const names = 'keys' in invalidation ? invalidation.keys : invalidation.tags
  let length = 0
  for (const name of names) length += name.length + 1
  return length
}
