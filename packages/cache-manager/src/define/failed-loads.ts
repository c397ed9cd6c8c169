/** Why a load failed. */
export interface FailedLoad {
  readonly error: unknown
}

/** Past it the oldest is forgotten: its callers hear of the shape instead. */
const mostKeys = 1_000

/**
 * Loads that failed where what is stored does not fit either. It stands in for them, so that the cache tells nobody why: those
 * who cannot use it are told from here, also who waited for the load of another.
 */
export class FailedLoads {
  readonly #failed = new Map<string, FailedLoad>()

  of(key: string): FailedLoad | undefined {
    return this.#failed.get(key)
  }

  add(key: string, error: unknown): void {
    this.#failed.delete(key)
    this.#failed.set(key, { error })
    if (this.#failed.size <= mostKeys) return
    for (const oldest of this.#failed.keys()) {
      this.#failed.delete(oldest)
      return
    }
  }

  forget(key: string): void {
    this.#failed.delete(key)
  }
}
