import { checkOptions, InvalidArgumentError } from '@greenlang/core'
import type { InvalidateTarget } from './cache-types.ts'

/** Exactly one of the two. */
export function checkTarget(target: InvalidateTarget): {
  readonly keys?: readonly string[]
  readonly tags?: readonly string[]
} {
  checkOptions('invalidate', target, ['keys', 'tags'])
  if ('keys' in target !== 'tags' in target) return target
  throw new InvalidArgumentError('target', 'an object with either keys or tags', target)
}

/** A copy: what the caller does to his list later changes nothing. */
export function checkNames(
  argument: 'keys' | 'tags',
  names: readonly string[] | undefined,
): readonly string[] {
  const smallest = argument === 'tags' ? 1 : 0
  if (Array.isArray(names) && names.every(name => typeof name === 'string' && name.length >= smallest))
    return [...names]
  throw new InvalidArgumentError(argument, 'an array of strings', names)
}
