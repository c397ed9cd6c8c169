/** The newest `capacity` items. */
export interface Ring<T> {
  push(item: T): void
  /** Newest first. */
  newest(): T[]
}

export function createRing<T>(capacity: number): Ring<T> {
  return new ArrayRing(capacity)
}

class ArrayRing<T> implements Ring<T> {
  readonly #capacity: number
  readonly #items: T[] = []
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  push(item: T): void {
    this.#items[this.#next] = item
    this.#next = (this.#next + 1) % this.#capacity
  }

  newest(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)].reverse()
  }
}
