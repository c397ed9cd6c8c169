import type { EntryRow } from '../metadata/metadata-store.ts'

/** What the index knows of one entry. A new object for each write, so that identity tells one write from the next. */
export interface Slot {
  /** Names the write, and its file. */
  readonly seq: number
  /** Length of the file in bytes. */
  readonly size: number
  readonly expiresAt: number
  /** How often trust had been lost when it was stored: see journal.ts. */
  readonly vouch: number
  /** As given when stored; 0 in what was kept from an earlier process; `undefined` where nobody vouches. */
  readonly checkedAt: number | undefined
  /** When it was last written or read, ms since the epoch. */
  usedAt: number
  /** Higher for what is read more: see heat.ts. */
  uses: number
  invalidated: boolean
  /** Seen on disk by reconciling, or written by this process. */
  seen: boolean
}

export function rowOf(name: string, slot: Slot): EntryRow {
  const { seq, size, expiresAt, usedAt, uses, invalidated, vouch } = slot
  return { name, seq, size, expiresAt, usedAt, uses, invalidated, vouch }
}

/** File systems give out space in blocks; 4 KiB is the common one. */
const blockBytes = 4096

/** Space that a file of this length takes. */
export function spaceOf(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes
}

/** Heap that one entry takes here, its name included, measured with 100k of them: `npm run bench -- disk`. */
export const bytesPerEntry = 410

/**
 * The entries on disk in order of use, in memory, and the account of the space they hold. Space is held from before a
 * file is begun until after it is gone, so the account is never below what is there.
 */
export class EntryIndex {
  /** Least recently used first. */
  #slots = new Map<string, Slot>()
  #heldBytes = 0
  #listedBytes = 0
  #wakers: (() => void)[] = []
  #changes = 0

  get size(): number {
    return this.#slots.size
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get(name: string): Slot | undefined {
    return this.#slots.get(name)
  }

  entries(): IterableIterator<[string, Slot]> {
    return this.#slots.entries()
  }

  names(): string[] {
    return [...this.#slots.keys()]
  }

  /** Makes it the most recently used. */
  touch(name: string, slot: Slot): void {
    if (this.#slots.delete(name)) this.#slots.set(name, slot)
  }

  /** Holds space for a file that is about to be there. */
  hold(size: number): void {
    this.#heldBytes += spaceOf(size)
  }

  /** Lists an entry whose space is held, as the most recently used. */
  place(name: string, slot: Slot): void {
    this.take(name)
    this.#slots.set(name, slot)
    this.#listedBytes += spaceOf(slot.size)
    this.wake()
  }

  /** Unlists an entry; its space is held until `release`. */
  take(name: string): Slot | undefined {
    const slot = this.#slots.get(name)
    if (!slot) return undefined
    this.#slots.delete(name)
    this.#listedBytes -= spaceOf(slot.size)
    return slot
  }

  /** Unlists all entries; `bytes` is the space they hold until it is released. */
  takeAll(): { readonly slots: ReadonlyMap<string, Slot>; readonly bytes: number } {
    const taken = { slots: this.#slots, bytes: this.#listedBytes }
    this.#slots = new Map()
    this.#listedBytes = 0
    return taken
  }

  /** Gives back the space of a file that is gone. */
  release(size: number): void {
    this.releaseSpace(spaceOf(size))
  }

  /** Gives back space in whole blocks. */
  releaseSpace(bytes: number): void {
    this.#heldBytes -= bytes
    this.wake()
  }

  /** Counts every `place` and `release`. */
  get changes(): number {
    return this.#changes
  }

  /** Resolves at the next `place` or `release`. */
  changed(): Promise<void> {
    return new Promise(resolve => this.#wakers.push(resolve))
  }

  /** Something came about that those who wait for space want to look at. */
  wake(): void {
    this.#changes += 1
    if (this.#wakers.length === 0) return
    const wakers = this.#wakers
    this.#wakers = []
    for (const wake of wakers) wake()
  }
}
