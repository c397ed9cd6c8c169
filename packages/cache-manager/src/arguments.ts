import {
  checkInteger,
  checkOptions,
  checkText,
  InvalidArgumentError,
  InvalidOptionError,
} from '@greenlang/core'
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

/**
 * For options that are read in part only, as on a hit, or copied: what is in them is checked where it is used.
 * @param subject How errors name the options.
 * @throws InvalidOptionError
 */
export function checkOptionsObject(subject: string, options: unknown): object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options
  throw new InvalidOptionError(`of ${subject}`, 'an object', options)
}

/** A text has letters, which nobody means for keys. @throws InvalidArgumentError */
export function checkSource<S>(source: S): S {
  const { [Symbol.iterator]: each, [Symbol.asyncIterator]: eachLater } = Object(source ?? {})
  if (typeof source !== 'string' && [each, eachLater].some(next => typeof next === 'function')) return source
  throw new InvalidArgumentError('source', 'an iterable of keys, or an async one', source)
}

/** Whether it can be read as a Map is. */
export function isMapLike(values: unknown): values is ReadonlyMap<string, unknown> {
  const { get, has, size } = (values ?? {}) as Partial<ReadonlyMap<string, unknown>>
  return typeof get === 'function' && typeof has === 'function' && typeof size === 'number'
}
