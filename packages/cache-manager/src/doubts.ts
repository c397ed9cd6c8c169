/**
 * What one tier must not be asked for: keys whose old value may still be there, because their delete is under way or has
 * failed. A doubt carries a number; only the operation that raised the last doubt of a key, or a later one, may settle it,
 * so that of two deletes the first to end does not vouch for the second.
 *
 * Bounded: with too many keys in doubt the whole tier is, until a clear has succeeded.
 */
export function createDoubts(maxKeys: number): Doubts {
  return new Doubts(maxKeys)
}

/** Keys one tier may have in doubt before all of it is: some 10 MB. */
export const maxDoubtedKeys = 65_536

class Doubts {
  readonly #maxKeys: number
  readonly #byKey = new Map<string, number>()
  #everything: number | undefined
  #last = 0

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  get none(): boolean {
    return this.#byKey.size === 0 && this.#everything === undefined
  }

  /** Whether no key at all may be asked for. */
  get everything(): boolean {
    return this.#everything !== undefined
  }

  has(key: string): boolean {
    return this.everything || this.#byKey.has(key)
  }

  /** The newest doubt: settling by it clears what is in doubt now, and nothing that comes later. */
  get latest(): number {
    return this.#last
  }

  raise(keys: readonly string[]): number {
    this.#last += 1
    for (const key of keys) this.#byKey.set(key, this.#last)
    if (this.#byKey.size > this.#maxKeys) {
      this.#byKey.clear()
      this.#everything = this.#last
    }
    return this.#last
  }

  raiseAll(): number {
    this.#last += 1
    this.#everything = this.#last
    return this.#last
  }

  /** The keys' doubts up to the one numbered `doubt` are over: the tier holds nothing older. */
  settle(keys: readonly string[], doubt: number): void {
    for (const key of keys)
      if ((this.#byKey.get(key) ?? Number.POSITIVE_INFINITY) <= doubt) this.#byKey.delete(key)
  }

  /** As `settle`, for all keys, by a clear that began with `doubt`. */
  settleAll(doubt: number): void {
    if (this.#everything !== undefined && this.#everything <= doubt) this.#everything = undefined
    for (const [key, raised] of this.#byKey) if (raised <= doubt) this.#byKey.delete(key)
  }
}

export type { Doubts }
