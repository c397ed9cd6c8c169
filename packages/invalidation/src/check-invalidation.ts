import { InvalidArgumentError, type Invalidation, type InvalidationMode } from '@greenlang/core'

/**
 * The invalidation as it is now: what the caller does to its lists later changes nothing.
 * @throws InvalidArgumentError for what names no mode or nothing to invalidate.
 */
export function checkInvalidation(invalidation: Invalidation): Invalidation {
  if (typeof invalidation !== 'object' || invalidation === null)
    throw new InvalidArgumentError('invalidation', 'an object', invalidation)
  const mode = checkMode(invalidation.mode)
  if ('keys' in invalidation) return { mode, keys: checkNames('keys', invalidation.keys) }
  if ('tags' in invalidation) return { mode, tags: checkNames('tags', invalidation.tags) }
  if ('pattern' in invalidation) return { mode, pattern: checkPattern(invalidation.pattern) }
  if (invalidation.all === true) return { mode, all: true }
  throw new InvalidArgumentError('invalidation', 'one with keys, tags, pattern or all: true', invalidation)
}

function checkMode(mode: unknown): InvalidationMode {
  if (mode === 'delete' || mode === 'invalidate') return mode
  throw new InvalidArgumentError('invalidation.mode', "'delete' or 'invalidate'", mode)
}

function checkNames(target: string, names: unknown): readonly string[] {
  if (Array.isArray(names) && names.length > 0 && names.every(name => typeof name === 'string'))
    return [...names]
  throw new InvalidArgumentError(`invalidation.${target}`, 'strings in an array that is not empty', names)
}

function checkPattern(pattern: unknown): string {
  if (typeof pattern === 'string') return pattern
  throw new InvalidArgumentError('invalidation.pattern', 'a string', pattern)
}
