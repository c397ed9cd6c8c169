/**
 * What makes values old: set, delete, invalidate, clear, and the frames of others. Each takes effect here at the call:
 * what is under way for the key is overtaken, and a tier that has still to be changed is not asked for the key until it
 * is. It is acknowledged once every tier and the bus have answered.
 */
import type { Awaitable, Entry, Frame, Invalidation, InvalidationMode } from '@greenlang/core'
import type { AnalyticsCounts } from './analytics.ts'
import type { Background } from './background.ts'
import type { InvalidationResult } from './cache-types.ts'
import type { Coherence } from './coherence.ts'
import type { Gate } from './gate.ts'
import type { Keys } from './keys.ts'

export interface ChangesOptions {
  readonly gates: readonly Gate[]
  readonly keys: Keys
  readonly coherence: Coherence
  readonly background: Background
  readonly counts: AnalyticsCounts
}

export function createChanges(options: ChangesOptions): Changes {
  return new Changes(options)
}

const nothingToDo: InvalidationResult = Object.freeze({ propagated: true, unreached: Object.freeze([]) })

class Changes {
  readonly #options: ChangesOptions

  constructor(options: ChangesOptions) {
    this.#options = options
  }

  /**
   * The slower tiers first, then the bus, then memory: nobody finds in memory what others cannot find yet. Overtakes
   * twice: whoever asks after it must not join what began while it was under way either.
   */
  async set(key: string, entry: Entry): Promise<void> {
    const { gates, keys, coherence } = this.#options
    const state = keys.hold(key)
    try {
      state.sets += 1
      keys.overtake(key, 'delete')
      const { generation } = state
      await Promise.all(gates.filter(gate => !gate.local).map(gate => gate.replace(key, entry)))
      await coherence.publish({ mode: 'delete', keys: [key] })
      const current = state.generation === generation
      if (current) keys.overtake(key, 'delete')
      const change = (gate: Gate) => (current ? gate.replace(key, entry) : gate.remove([key], 'delete'))
      // All at once: a delete that comes now finds every tier changed, or in line for it.
      await Promise.all(gates.filter(gate => gate.local).map(change))
    } finally {
      state.sets -= 1
      keys.release(key, state)
    }
  }

  async remove(mode: InvalidationMode, keys: readonly string[]): Promise<InvalidationResult> {
    if (keys.length === 0) return nothingToDo
    this.#options.counts.invalidation('own', mode, 'keys')
    for (const key of keys) this.#options.keys.overtake(key, mode)
    return this.#acknowledge({ mode, keys }, gate => gate.remove(keys, mode))
  }

  async invalidateTags(tags: readonly string[]): Promise<InvalidationResult> {
    if (tags.length === 0) return nothingToDo
    const { counts, coherence } = this.#options
    counts.invalidation('own', 'invalidate', 'tags')
    coherence.invalidateTags(tags)
    return { ...(await coherence.publish({ mode: 'invalidate', tags })), unreached: [] }
  }

  async clear(): Promise<InvalidationResult> {
    this.#options.counts.invalidation('own', 'delete', 'all')
    this.#options.keys.overtakeAll('delete')
    return this.#acknowledge({ mode: 'delete', all: true }, gate => gate.clear())
  }

  /** Others have seen to the tiers they share with this cache: its private ones are left. */
  hear(frame: Frame): void {
    const { invalidation } = frame
    const news = this.#options.coherence.hear(frame)
    if (!news) return
    const { counts, keys } = this.#options
    const { mode } = invalidation
    counts.invalidation('other', mode, targetOf(invalidation))
    if ('tags' in invalidation) return
    if ('keys' in invalidation) {
      for (const key of invalidation.keys) keys.overtake(key, mode)
      this.#changePrivate(gate => gate.remove(invalidation.keys, mode))
    } else {
      // A pattern too: which keys it names would have to be asked of every tier.
      keys.overtakeAll(mode)
      this.#changePrivate(gate => gate.clear())
    }
  }

  async #acknowledge(
    invalidation: Invalidation,
    change: (gate: Gate) => Awaitable<boolean>,
  ): Promise<InvalidationResult> {
    const { gates, coherence } = this.#options
    const reached = await Promise.all(gates.map(change))
    const missed = gates.filter((_, index) => !reached[index])
    const published = await coherence.publish(invalidation)
    const propagated = published.propagated && !missed.some(gate => gate.scope === 'shared')
    return { ...published, propagated, unreached: missed.map(gate => gate.name) }
  }

  #changePrivate(change: (gate: Gate) => Awaitable<boolean>): void {
    const { gates, background } = this.#options
    const changes = gates.filter(gate => gate.scope === 'process').map(change)
    background.track(Promise.all(changes))
  }
}

export type { Changes }

function targetOf(invalidation: Invalidation): 'keys' | 'tags' | 'pattern' | 'all' {
  if ('keys' in invalidation) return 'keys'
  if ('tags' in invalidation) return 'tags'
  return 'pattern' in invalidation ? 'pattern' : 'all'
}
