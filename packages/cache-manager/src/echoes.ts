/**
 * A bus delivers a cache's own invalidations back to it, and those of the other caches on the same bus as `own` too.
 * Acting on an echo would drop the value that the invalidation was followed by. Recognised for certain are: the frame
 * that comes while `publish` is being called, and the one whose stamp `publish` had answered with. Any other is acted
 * on, which costs a load at most.
 */
import type { Frame, Invalidation, InvalidationBus, Published } from '@greenlang/core'

export function createEchoes(): Echoes {
  return new Echoes()
}

/** Stamps waited for; the oldest is given up first. */
const maxAwaited = 1_024

class Echoes {
  #calling: Invalidation | undefined
  readonly #awaited = new Set<number>()

  async publish(bus: InvalidationBus, invalidation: Invalidation): Promise<Published> {
    const published = await this.#call(bus, invalidation)
    const { stamp } = published
    if (stamp !== undefined && stamp.sequence > bus.sync().applied.sequence) this.#await(stamp.sequence)
    return published
  }

  recognise({ own, stamp, invalidation }: Frame): boolean {
    if (!own) return false
    if (this.#calling === undefined || !same(this.#calling, invalidation))
      return this.#awaited.delete(stamp.sequence)
    this.#calling = undefined
    return true
  }

  #call(bus: InvalidationBus, invalidation: Invalidation): Promise<Published> {
    this.#calling = invalidation
    try {
      return bus.publish(invalidation)
    } finally {
      this.#calling = undefined
    }
  }

  #await(sequence: number): void {
    this.#awaited.add(sequence)
    if (this.#awaited.size <= maxAwaited) return
    for (const oldest of this.#awaited) {
      this.#awaited.delete(oldest)
      return
    }
  }
}

export type { Echoes }

function same(sent: Invalidation, heard: Invalidation): boolean {
  if (sent.mode !== heard.mode) return false
  if ('all' in sent) return 'all' in heard
  if ('pattern' in sent) return 'pattern' in heard && sent.pattern === heard.pattern
  if ('keys' in sent) return 'keys' in heard && equal(sent.keys, heard.keys)
  return 'tags' in heard && equal(sent.tags, heard.tags)
}

function equal(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index])
}
