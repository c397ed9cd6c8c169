/**
 * Compares what memory serves with what the next tier holds, for one hit in so many, in the background: a watch over the
 * promise in production. A hit is *older* where the other tier holds a value that was loaded later. That alone is no fault, for a
 * promise holds from `B` on; it is a *violation* if the other value was there for longer than `toleratedMs` as the hit was served.
 */
import type { Clock, Entry } from '@greenlang/core'
import type { Background } from './background.ts'
import type { Emitter } from './emitter.ts'
import type { OpenTier } from './tiers.ts'

export interface AuditReport {
  /** Hits that were compared. */
  readonly compared: number
  /** Of those, older than what the next tier held. */
  readonly older: number
  /** Of those, older by more than is tolerated. */
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
  #hits = 0
  #running = 0
  #compared = 0
  #older = 0
  #violations = 0
  #worstMs = 0

  constructor(options: AuditorOptions) {
    this.#options = options
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
      this.#violations += 1
      emitter.emit({ type: 'audit', olderMs: there })
    } catch {
      // A tier that fails is counted where it is asked for its own sake.
    } finally {
      this.#running -= 1
    }
  }
}
