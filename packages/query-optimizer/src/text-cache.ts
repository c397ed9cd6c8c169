/**
 * Remembers what was found out about a text, bounded by count and by characters. Two generations: when the young one has
 * half of the places it becomes the old one, and the old one goes. A text in use is taken along, and a look-up of a young
 * one, the usual case, writes nothing.
 */
export interface TextCache<T> {
  get(text: string): T | undefined
  set(text: string, value: T): void
}

export interface TextCacheBounds {
  readonly maxEntries: number
  readonly maxCharacters: number
}

export function createTextCache<T>(bounds: TextCacheBounds): TextCache<T> {
  return new GenerationalTextCache(bounds)
}

class GenerationalTextCache<T> implements TextCache<T> {
  readonly #bounds: TextCacheBounds
  #young = new Map<string, T>()
  #old = new Map<string, T>()
  #youngCharacters = 0

  constructor(bounds: TextCacheBounds) {
    this.#bounds = bounds
  }

  get(text: string): T | undefined {
    const value = this.#young.get(text)
    if (value !== undefined) return value
    const older = this.#old.get(text)
    if (older !== undefined) this.set(text, older)
    return older
  }

  /** `text` must not be young. */
  set(text: string, value: T): void {
    const { maxEntries, maxCharacters } = this.#bounds
    const full = this.#young.size >= maxEntries / 2 || this.#youngCharacters + text.length > maxCharacters / 2
    if (full) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCharacters = 0
    }
    this.#young.set(text, value)
    this.#youngCharacters += text.length
  }
}
