import { checkInteger, checkOptions, checkText, InvalidArgumentError } from '@greenlang/core'
import type { InvalidateTarget, ResourceVersion } from './cache-types.ts'

export type CheckedTarget =
  | { readonly kind: 'keys' | 'tags'; readonly names: readonly string[] }
  | { readonly kind: 'pattern'; readonly names: string }
  | { readonly kind: 'version'; readonly names: ResourceVersion }

/** Exactly one of them. @throws InvalidArgumentError, InvalidOptionError. */
export function checkTarget(target: InvalidateTarget): CheckedTarget {
  checkOptions('invalidate', target, ['keys', 'tags', 'pattern', 'version'])
  if (Object.keys(target).length !== 1)
    throw new InvalidArgumentError('target', 'an object with one of keys, tags, pattern, version', target)
  if ('keys' in target) return { kind: 'keys', names: checkNames('keys', target.keys) }
  if ('tags' in target) return { kind: 'tags', names: checkNames('tags', target.tags) }
  if ('pattern' in target) return { kind: 'pattern', names: checkText('pattern', target.pattern) }
  checkOptions('version', target.version, ['of', 'is'])
  const { of, is } = target.version
  checkText('version.of', of)
  checkInteger('version.is', is, 0)
  return { kind: 'version', names: target.version }
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
