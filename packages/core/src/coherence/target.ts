import type { Invalidation } from '../bus.ts'
import { matchesPattern } from './pattern.ts'

/** What of an entry an invalidation can name. */
export interface Named {
  readonly key: string
  readonly tags: readonly string[]
}

/** Whether the invalidation names this entry. */
export function names(invalidation: Omit<Invalidation, 'mode'>, { key, tags }: Named): boolean {
  if ('keys' in invalidation) return (invalidation.keys as readonly string[]).includes(key)
  if ('tags' in invalidation) return (invalidation.tags as readonly string[]).some(tag => tags.includes(tag))
  if ('pattern' in invalidation) return matchesPattern(invalidation.pattern as string, key)
  return true
}
