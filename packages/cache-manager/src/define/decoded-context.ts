/** What the loader of a definition is given: what it would replace is as its callers know it, not as it is stored. */
import { type Entry, InvalidArgumentError } from '@greenlang/core'
import type { LoadContext } from '../load-types.ts'

export interface DecodedContext {
  readonly context: LoadContext
  /** Whether the loader returned that the stale value is as good as ever. */
  isUnchanged(returned: unknown): boolean
}

/** @param stale Decoded; absent too where what is stored does not fit. */
export function decodedContext(given: LoadContext, stale: Entry | undefined): DecodedContext {
  let unchanged: unknown
  const notModified = (): never => {
    if (stale === undefined)
      throw new InvalidArgumentError('notModified()', 'called only where context.stale is there', undefined)
    unchanged = given.notModified()
    return unchanged as never
  }
  const { signal, configure, fail } = given
  return {
    context: { stale, signal, configure, fail, notModified },
    isUnchanged: returned => returned !== undefined && returned === unchanged,
  }
}
