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

export function createCoherence(bus: InvalidationBus, clock: Clock): Coherence {
  return new Coherence(bus, clock)
}

class Coherence {
  readonly #bus: InvalidationBus
  readonly #clock: Clock
  readonly #tags: TagClock
  readonly #echoes = createEchoes()
  #known: Stamp

  constructor(bus: InvalidationBus, clock: Clock) {
    this.#bus = bus
    this.#clock = clock
    this.#known = bus.sync().known
    this.#tags = tagClock({ since: this.#known })
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

  /** Fresh only if its dates and all of its tags say so. */
  freshness(entry: Entry): Freshness {
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
      return await this.#echoes.publish(this.#bus, invalidation)
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
