/** How long loads took: of the keys loaded last each for itself, of any other their running mean. */
export class LoadTimes {
  readonly #ofKeys = new Map<string, number>()
  #meanMs = 0

  record(keys: readonly string[], tookMs: number): void {
    this.#meanMs = this.#meanMs === 0 ? tookMs : this.#meanMs + weight * (tookMs - this.#meanMs)
    for (const key of keys) {
      this.#ofKeys.delete(key)
      this.#ofKeys.set(key, tookMs)
    }
    for (const oldest of this.#ofKeys.keys()) {
      if (this.#ofKeys.size <= mostKeys) return
      this.#ofKeys.delete(oldest)
    }
  }

  /** In ms; 0 while nothing was loaded. */
  expected(key: string): number {
    return this.#ofKeys.get(key) ?? this.#meanMs
  }
}

const mostKeys = 10_000
/** Of one load in the mean. */
const weight = 0.05
