/**
 * The bytes that may be written: a token bucket (Turner, "New directions in communications", IEEE Communications
 * Magazine 24, 1986). It holds a quarter of a day's bytes, and the other three quarters run in evenly over 24 h, so that
 * no 24 h, wherever they begin, see more than a day's bytes: a bucket that held a whole day's would let two through.
 */
import type { Clock } from '@greenlang/core'

const dayMs = 86_400_000
const heldShare = 1 / 4

export class WriteBudget {
  readonly #clock: Clock
  readonly #mostHeld: number
  readonly #bytesEachMs: number
  #held: number
  /** Up to when it was refilled, in ms since the epoch. */
  #at: number

  /** @param saved What `save` of an earlier process said. What is not its text counts for nothing. */
  constructor(clock: Clock, dailyBytes: number, saved: string | undefined) {
    this.#clock = clock
    this.#mostHeld = dailyBytes * heldShare
    this.#bytesEachMs = (dailyBytes - this.#mostHeld) / dayMs
    const earlier = parse(saved)
    this.#held = Math.min(earlier?.held ?? this.#mostHeld, this.#mostHeld)
    this.#at = earlier?.at ?? clock.now()
  }

  /** Takes the bytes if they are there. */
  take(bytes: number): boolean {
    this.#refill()
    if (bytes > this.#held) return false
    this.#held -= bytes
    return true
  }

  save(): string {
    this.#refill()
    return JSON.stringify({ held: this.#held, at: this.#at })
  }

  /** Time that ran backwards between two processes gives nothing, however far; time that ran ahead at most fills it. */
  #refill(): void {
    const now = this.#clock.now()
    const passed = Math.max(0, now - this.#at)
    this.#held = Math.min(this.#mostHeld, this.#held + passed * this.#bytesEachMs)
    this.#at = now
  }
}

interface Saved {
  readonly held: number
  readonly at: number
}

function parse(saved: string | undefined): Saved | undefined {
  if (saved === undefined) return undefined
  try {
    const { held, at } = JSON.parse(saved) as { held?: unknown; at?: unknown }
    const isSound = typeof held === 'number' && held >= 0 && typeof at === 'number' && Number.isFinite(at)
    return isSound ? { held, at } : undefined
  } catch {
    return undefined
  }
}
