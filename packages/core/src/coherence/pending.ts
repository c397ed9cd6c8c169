/**
 * Invalidations this process has begun and the bus has not acknowledged. Until then they hold here all the same: copies
 * of before are invalid, and what a shared tier has under these names is not to be believed.
 */
import type { Invalidation } from '../bus.ts'
import type { Entry } from '../entry.ts'
import { createMark, type Mark } from './mark.ts'
import { type Named, names } from './target.ts'

/** One that is under way. */
export interface Pending {
  readonly invalidation: Invalidation
  /** When it was begun, by the clock of this process. */
  readonly since: number
}

export interface PendingSet {
  begin(invalidation: Invalidation, since: number): Pending
  end(pending: Pending): void
  /** Whether a shared tier may hold an entry that one of these names. Tags: those of the entry, once it is known. */
  covers(named: Named): boolean
  /** The one that makes a copy of this age invalid. */
  against(named: Named, checkedAt: Entry['checkedAt']): Pending | undefined
}

export function createPendingSet(mark: Mark = createMark()): PendingSet {
  return new NamedPendingSet(mark)
}

class NamedPendingSet implements PendingSet {
  readonly #byName = new Map<string, Set<Pending>>()
  readonly #wide = new Set<Pending>()
  readonly #mark: Mark

  constructor(mark: Mark) {
    this.#mark = mark
  }

  begin(invalidation: Invalidation, since: number): Pending {
    const pending = { invalidation, since }
    // What names keys is dropped by the tiers.
    if (!('keys' in invalidation)) this.#mark.now += 1
    const listed = namesOf(invalidation)
    if (listed === undefined) this.#wide.add(pending)
    for (const name of listed ?? [])
      this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(pending))
    return pending
  }

  end(pending: Pending): void {
    this.#wide.delete(pending)
    for (const name of namesOf(pending.invalidation) ?? []) {
      const held = this.#byName.get(name)
      held?.delete(pending)
      if (held?.size === 0) this.#byName.delete(name)
    }
  }

  covers(named: Named): boolean {
    return this.against(named, Number.NEGATIVE_INFINITY) !== undefined
  }

  against(named: Named, checkedAt: Entry['checkedAt'] = Number.NEGATIVE_INFINITY): Pending | undefined {
    if (this.#byName.size === 0 && this.#wide.size === 0) return undefined
    const applies = (pending: Pending) => checkedAt <= pending.since && names(pending.invalidation, named)
    for (const name of [keyName(named.key), ...named.tags.map(tagName)])
      for (const pending of this.#byName.get(name) ?? []) if (applies(pending)) return pending
    for (const pending of this.#wide) if (applies(pending)) return pending
    return undefined
  }
}

const keyName = (key: string) => `k${key}`
const tagName = (tag: string) => `t${tag}`

/** `undefined` for what names entries without listing them. */
function namesOf(invalidation: Invalidation): readonly string[] | undefined {
  if ('keys' in invalidation) return invalidation.keys.map(keyName)
  return 'tags' in invalidation ? invalidation.tags.map(tagName) : undefined
}
