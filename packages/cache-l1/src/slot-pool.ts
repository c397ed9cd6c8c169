const firstLength = 64

/** Which slots are free. Room for slots doubles as they are first used, so a large bound costs nothing until needed. */
export class SlotPool {
  readonly #grow: (length: number) => void
  #free: number[] = []
  /** The highest slot ever given. */
  #known = 0
  #length = 0

  /** @param grow Makes room for slots below `length`. */
  constructor(grow: (length: number) => void) {
    this.#grow = grow
  }

  /** A free slot; `most` are given at once. */
  take(most: number): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    this.#known += 1
    if (this.#known >= this.#length) {
      const doubled = Math.min(Math.max(firstLength, this.#length * 2), most + 1)
      this.#length = Math.max(doubled, this.#known + 1)
      this.#grow(this.#length)
    }
    return this.#known
  }

  give(slot: number): void {
    this.#free.push(slot)
  }

  /** All slots are free, and there is room for none. */
  clear(): void {
    this.#free = []
    this.#known = 0
    this.#length = 0
  }
}
