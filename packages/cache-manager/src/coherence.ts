/**
 * What this cache knows of invalidations by tag, and its way to the bus. A bus that fails, or was closed by its owner,
 * costs propagation, never a request: tags that could not be published stay invalid here until the bus moves on.
 */
import {
  type Clock,
  type Entry,
  type Frame,
  type Freshness,
  freshness,
  type Invalidation,
  type InvalidationBus,
  type Published,
  type Stamp,
} from '@greenlang/core'
import { type TagClock, tagClock } from '@greenlang/invalidation'
import { createEchoes } from './echoes.ts'

export interface CoherenceOptions {
  readonly bus: InvalidationBus
  readonly clock: Clock
  readonly maxTags: number
  /** Whether processes that share a tier with this one cannot hear the bus. */
  readonly unheard: boolean
}

export function createCoherence(options: CoherenceOptions): Coherence {
  return new Coherence(options)
}

class Coherence {
  readonly #bus: InvalidationBus
  readonly #clock: Clock
  readonly #tags: TagClock
  readonly #unheard: boolean
  readonly #echoes = createEchoes()
  #known: Stamp

  constructor({ bus, clock, maxTags, unheard }: CoherenceOptions) {
    this.#bus = bus
    this.#clock = clock
    this.#known = bus.sync().known
    this.#tags = tagClock({ since: this.#known, maxTags })
    this.#unheard = unheard
  }

  /** The highest stamp seen: taken as a load begins. */
  get known(): Stamp {
    try {
      this.#known = this.#bus.sync().known
    } catch {
      // Closed by its owner: nothing newer can be known.
    }
    return this.#known
  }

  /**
   * Fresh only if its dates and all of its tags say so. An entry that says that there is nothing is as none: this cache
   * stores no such entries, and asks the loader.
   */
  freshness(entry: Entry): Freshness {
    if (entry.negative) return 'expired'
    const byDate = freshness(entry, this.#clock.turn())
    if (byDate !== 'fresh' || entry.tags.length === 0) return byDate
    return this.holds(entry.tags, entry.stamp) ? 'fresh' : 'stale'
  }

  /** Whether what was loaded knowing `stamp` is still right as far as these tags go. */
  holds(tags: readonly string[], stamp: Stamp): boolean {
    return this.#tags.verdict(tags, stamp) === 'valid'
  }

  invalidateTags(tags: readonly string[]): void {
    this.#tags.anticipate(tags, this.known)
  }

  async publish(invalidation: Invalidation): Promise<Published> {
    try {
      const published = await this.#echoes.publish(this.#bus, invalidation)
      return this.#unheard ? { ...published, propagated: false } : published
    } catch {
      return { propagated: false }
    }
  }

  /** Takes in a frame; says whether it tells this cache anything that it did not do itself. */
  hear(frame: Frame): boolean {
    this.#tags.apply(frame)
    return !this.#echoes.recognise(frame)
  }
}

export type { Coherence }
