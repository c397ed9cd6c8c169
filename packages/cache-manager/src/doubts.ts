/**
 * What one tier must not be asked for: keys whose old value may still be there, because their delete is under way or has
 * failed. A doubt carries a number; only the operation that raised the last doubt of a key, or a later one, may settle it,
 * so that of two deletes the first to end does not vouch for the second.
 *
 * Bounded: a change whose keys do not fit puts the whole tier in doubt while it is under way. If it fails, so does the tier
 * stay until a clear has succeeded.
 */
export function createDoubts(maxKeys: number): Doubts {
  return new Doubts(maxKeys)
}

/** Keys one tier may have in doubt before all of it is: some 10 MB. */
export const maxDoubtedKeys = 65_536

class Doubts {
  readonly #maxKeys: number
  readonly #byKey = new Map<string, number>()
  /** Changes under way, by their doubts. */
  readonly #running = new Set<number>()
  /** Those of them whose keys did not fit. */
  readonly #wide = new Set<number>()
  #everything: number | undefined
  #last = 0

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  get none(): boolean {
    return this.#byKey.size === 0 && !this.everything
  }

  /** Whether no key at all may be asked for. */
  get everything(): boolean {
    return this.#everything !== undefined || this.#wide.size > 0
  }

  /** Whether it takes a clear to trust the tier again. */
  get needsClear(): boolean {
    return this.#everything !== undefined
  }

  has(key: string): boolean {
    return this.everything || this.#byKey.has(key)
  }

  /** Whether the key is in doubt by a change that has failed, so that nothing under way will settle it. */
  needsDelete(key: string): boolean {
    const doubt = this.#byKey.get(key)
    return doubt !== undefined && !this.#running.has(doubt)
  }

  /** The newest doubt: settling by it clears what is in doubt now, and nothing that comes later. */
  get latest(): number {
    return this.#last
  }

  /** For a change that begins. `conclude` says how it ended. */
  raise(keys: readonly string[]): number {
    this.#last += 1
    this.#running.add(this.#last)
    const added = keys.filter(key => !this.#byKey.has(key)).length
    if (this.#byKey.size + added > this.#maxKeys) this.#wide.add(this.#last)
    else for (const key of keys) this.#byKey.set(key, this.#last)
    return this.#last
  }

  /** For a clear that begins. */
  raiseAll(): number {
    this.#last += 1
    this.#everything = this.#last
    return this.#last
  }

  /** The change that raised `doubt` has ended. */
  conclude(keys: readonly string[], doubt: number, done: boolean): void {
    this.#running.delete(doubt)
    const wide = this.#wide.delete(doubt)
    if (done) this.settle(keys, doubt)
    else if (wide) {
      this.#everything = this.#last
      this.#byKey.clear()
    }
  }

  /** The keys' doubts up to the one numbered `doubt` are over: the tier holds nothing older. */
  settle(keys: readonly string[], doubt: number): void {
    for (const key of keys)
      if ((this.#byKey.get(key) ?? Number.POSITIVE_INFINITY) <= doubt) this.#byKey.delete(key)
  }

  /** As `settle`, for all keys, by a clear that began with `doubt`. */
  settleAll(doubt: number): void {
    if (this.#everything !== undefined && this.#everything <= doubt) this.#everything = undefined
    for (const wide of this.#wide) if (wide <= doubt) this.#wide.delete(wide)
    for (const [key, raised] of this.#byKey) if (raised <= doubt) this.#byKey.delete(key)
  }
}

export type { Doubts }
