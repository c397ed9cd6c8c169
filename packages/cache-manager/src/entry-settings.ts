import { checkOptions, type EntryOptions, InvalidOptionError, parseDuration } from '@greenlang/core'

/** `EntryOptions` checked: durations in ms, a field absent where the caller named none. */
export interface EntrySettings {
  readonly ttl?: number
  readonly grace?: number
  readonly tags?: readonly string[]
}

export const entryOptionNames = ['ttl', 'grace', 'tags']
const nothing: EntrySettings = Object.freeze({})

/**
 * @param subject How errors name the options.
 * @throws InvalidOptionError for a bad option.
 */
export function entrySettings(subject: string, options: EntryOptions | undefined): EntrySettings {
  if (options === undefined) return nothing
  checkOptions(subject, options, entryOptionNames)
  const { ttl, grace, tags } = options
  return {
    ...(ttl !== undefined && { ttl: parseDuration('ttl', ttl) }),
    ...(grace !== undefined && { grace: parseDuration('grace', grace, { minMs: 0 }) }),
    ...(tags !== undefined && { tags: checkTags(tags) }),
  }
}

/** The call's own settings over the defaults, field by field. */
export function withDefaults<S extends EntrySettings>(own: S, defaults: S): S {
  return { ...defaults, ...own }
}

function checkTags(tags: readonly string[]): readonly string[] {
  if (Array.isArray(tags) && tags.every(tag => typeof tag === 'string' && tag !== '')) return [...tags]
  throw new InvalidOptionError('tags', 'an array of strings that are not empty', tags)
}
