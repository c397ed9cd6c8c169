/** What the index knows of one entry. A new object for each write, so that identity tells one write from the next. */
export interface Slot {
  /** Length of the file in bytes. */
  readonly size: number
  readonly expiresAt: number
}

/** Space that stays held although no entry has it, and why. */
export interface Stranded {
  readonly bytes: number
  readonly cause: unknown
}

/** File systems give out space in blocks; 4 KiB is the common one. */
const blockBytes = 4096

/** Space that the file of a slot takes. */
export function spaceOf(slot: Slot): number {
  return Math.ceil(slot.size / blockBytes) * blockBytes
}

/**
 * The entries on disk in order of use, in memory, and the account of the space they hold. Space is held from before a
 * file is begun until after it is gone, so the account is never below what is there.
 */
export class EntryIndex {
  /** Least recently used first. */
  readonly #slots = new Map<string, Slot>()
  #heldBytes = 0
  #stranded: Stranded = { bytes: 0, cause: undefined }
  #wakers: (() => void)[] = []

  get size(): number {
    return this.#slots.size
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get stranded(): Stranded {
    return this.#stranded
  }

  get(name: string): Slot | undefined {
    return this.#slots.get(name)
  }

  entries(): IterableIterator<[string, Slot]> {
    return this.#slots.entries()
  }

  /** Makes it the most recently used. */
  touch(name: string, slot: Slot): void {
    if (!this.#slots.delete(name)) return
    this.#slots.set(name, slot)
  }

  /** Holds space for a file that is about to be there. */
  hold(slot: Slot): void {
    this.#heldBytes += spaceOf(slot)
  }

  /** Lists an entry whose space is held. */
  place(name: string, slot: Slot): void {
    this.#slots.set(name, slot)
    this.#wake()
  }

  /** Unlists an entry; its space is held until `release`. */
  take(name: string): Slot | undefined {
    const slot = this.#slots.get(name)
    if (slot) this.#slots.delete(name)
    return slot
  }

  /** Gives back the space of a file that is gone. */
  release(slot: Slot): void {
    this.#heldBytes -= spaceOf(slot)
    this.#wake()
  }

  /** Keeps held, until the next start, the space of files that are in nobody's way but could not be removed. */
  strand(slots: readonly Slot[], cause: unknown): void {
    const bytes = slots.reduce((sum, slot) => sum + spaceOf(slot), this.#stranded.bytes)
    this.#stranded = { bytes, cause }
    this.#wake()
  }

  /** Resolves at the next `place`, `release` or `strand`. */
  changed(): Promise<void> {
    return new Promise(resolve => this.#wakers.push(resolve))
  }

  #wake(): void {
    const wakers = this.#wakers
    this.#wakers = []
    for (const wake of wakers) wake()
  }
}
