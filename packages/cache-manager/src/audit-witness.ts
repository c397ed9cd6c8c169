/**
 * Whether a served copy misses an invalidation or a write, where all that is known is that another tier holds a value that was
 * loaded later. That alone says nothing: somebody may have loaded anew what was lawful, for its ttl or because `fresh` was asked for.
 *
 * The record of the bus knows tags, patterns and clears, but no keys. So for keys it is asked how far it is: who has heard all
 * of it has dropped what it named; who has not serves what it may not. And a copy that was made long before its key was heard
 * of should be gone.
 */
import type { Clock, Entry, InvalidationBus, Rules, Stamp } from '@greenlang/core'
import { matchesPattern } from '@greenlang/core/coherence'

export interface Suspect {
  readonly key: string
  readonly served: Entry
  /** By the clock of this process. */
  readonly servedAt: number
  /** What the other tier holds. */
  readonly other: Entry
}

export interface Witness {
  /** Whether something was written or invalidated that the copy misses. Where the two cannot be ordered, too. Rejects with the bus. */
  speaksAgainst(suspect: Suspect): Promise<boolean>
}

export interface WitnessOptions {
  readonly bus: InvalidationBus
  readonly clock: Clock
  readonly toleratedMs: number
  /** Ends its waits, and what it hears. */
  readonly closing: AbortSignal
}

export function createWitness(options: WitnessOptions): Witness {
  return new HearingWitness(options)
}

/** Past it those heard of long ago are forgotten. */
const mostKeys = 65_536
/** A write is told of at most so long after its value was made, in ms: what is heard then is the write itself. */
const longestWriteMs = 1_500
/** Frames may be on their way while the record answers, for so long, in ms. */
const frameMs = 50

class HearingWitness implements Witness {
  readonly #options: WitnessOptions
  readonly #heardAt = new Map<string, number>()

  constructor(options: WitnessOptions) {
    this.#options = options
    const { bus, closing } = options
    const unsubscribe = bus.subscribe(({ invalidation }) => {
      if ('keys' in invalidation) this.#heard(invalidation.keys)
    })
    closing.addEventListener('abort', unsubscribe, { once: true })
  }

  async speaksAgainst(suspect: Suspect): Promise<boolean> {
    const { served, other } = suspect
    if (this.#outlived(suspect)) return true
    const { history } = served.stamp
    const rules = await this.#options.bus.rules({ history, sequence: 0 }, served.tags)
    if (rules.known.history !== history || other.stamp.history !== history) return true
    return isNamed(rules, suspect) || !(await this.#hasHeard(rules.known))
  }

  #heard(keys: readonly string[]): void {
    const now = this.#options.clock.now()
    for (const key of keys) {
      this.#heardAt.delete(key)
      this.#heardAt.set(key, now)
    }
    for (const oldest of this.#heardAt.keys()) {
      if (this.#heardAt.size <= mostKeys) return
      this.#heardAt.delete(oldest)
    }
  }

  #outlived({ key, served, servedAt }: Suspect): boolean {
    const { toleratedMs } = this.#options
    const heardAt = this.#heardAt.get(key) ?? Number.NEGATIVE_INFINITY
    const madeLongBefore = served.createdAt + Math.max(toleratedMs, longestWriteMs) < heardAt
    return madeLongBefore && heardAt + toleratedMs < servedAt
  }

  async #hasHeard(known: Stamp): Promise<boolean> {
    const { clock, closing } = this.#options
    if (this.#reaches(known)) return true
    await clock.sleep(frameMs, { ref: false, signal: closing })
    return this.#reaches(known)
  }

  #reaches({ history, sequence }: Stamp): boolean {
    const { applied } = this.#options.bus.sync()
    return applied.history === history && applied.sequence >= sequence
  }
}

function isNamed({ tags, rules }: Rules, { key, served }: Suspect): boolean {
  const since = served.stamp.sequence
  const byRule = rules.some(
    ({ stamp, target }) =>
      stamp.sequence > since && (!('pattern' in target) || matchesPattern(target.pattern, key)),
  )
  return byRule || served.tags.some(tag => (tags.get(tag)?.sequence ?? 0) > since)
}
