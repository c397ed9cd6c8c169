/**
 * Compares what memory serves with what the next tier holds, for one hit in so many, in the background: a watch over the
 * promise in production. A hit is *older* where the other tier holds a value that was loaded later. That alone is no fault, for
 * somebody may have loaded anew what was lawful, and a promise holds from `B` on. It is a *violation* if the other value was there
 * for longer than `toleratedMs` as the hit was served, and the hit misses an invalidation or a write.
 */
import type { Clock, Entry, InvalidationBus } from '@greenlang/core'
import { createWitness, type Witness } from './audit-witness.ts'
import type { Background } from './background.ts'
import type { Emitter } from './emitter.ts'
import type { OpenTier } from './tiers.ts'

export interface AuditReport {
  /** Hits that were compared. */
  readonly compared: number
  /** Of those, older than what the next tier held. */
  readonly older: number
  /** Of those, older by more than is tolerated, where something was invalidated or written that the hit misses. */
  readonly violations: number
  /** The most by which a served value was older than another that was there, in ms. */
  readonly worstMs: number
}

export interface AuditorOptions {
  readonly every: number
  readonly toleratedMs: number
  readonly clock: Clock
  readonly background: Background
  readonly emitter: Emitter
  /** Asked after the first one; the first of them that can be. */
  readonly tiers: readonly OpenTier[]
}

/** So many comparisons at once; a hit beyond them is not compared. */
const mostAtOnce = 16

export class Auditor {
  readonly #options: AuditorOptions
  #witness: Witness | undefined
  #hits = 0
  #running = 0
  #compared = 0
  #older = 0
  #violations = 0
  #worstMs = 0

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  /** From now on it can tell what was written or invalidated from what was only loaded anew. @param closing Ends its waits. */
  listen(bus: InvalidationBus, closing: AbortSignal): void {
    const { clock, toleratedMs } = this.#options
    this.#witness = createWitness({ bus, clock, toleratedMs, closing })
  }

  /** A hit in memory. */
  served(key: string, entry: Entry): void {
    this.#hits += 1
    if (this.#hits % this.#options.every !== 0 || this.#running >= mostAtOnce) return
    this.#running += 1
    const compared = this.#compare(key, entry, this.#options.clock.now())
    this.#options.background.track(compared)
  }

  report(): AuditReport {
    const [compared, older, violations, worstMs] = [
      this.#compared,
      this.#older,
      this.#violations,
      this.#worstMs,
    ]
    return { compared, older, violations, worstMs }
  }

  async #compare(key: string, served: Entry, servedAt: number): Promise<void> {
    const { tiers, toleratedMs, emitter } = this.#options
    try {
      const other = await tiers[1]?.probed.get(key)
      if (other === undefined) return
      this.#compared += 1
      const there = servedAt - other.createdAt
      if (other.createdAt <= served.createdAt || there <= 0) return
      this.#older += 1
      this.#worstMs = Math.max(this.#worstMs, there)
      if (there <= toleratedMs) return
      if ((await this.#witness?.speaksAgainst({ key, served, servedAt, other })) === false) return
      this.#violations += 1
      emitter.emit({ type: 'audit', olderMs: there })
    } catch {
      // A tier that fails is counted where it is asked for its own sake; a bus that does says nothing against the hit.
    } finally {
      this.#running -= 1
    }
  }
}
