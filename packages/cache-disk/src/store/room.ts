import { type EntryIndex, type Slot, spaceOf } from './entry-index.ts'

/** What `Room` needs of the store around it. */
export interface Evictor {
  readonly index: EntryIndex
  readonly maxBytes: number
  readonly maxEntries: number
  /** Names of entries that have expired, as many as one batch takes. */
  expired(): Promise<readonly string[]>
  /** Takes the entry out of the index, and notes that its row and file go. */
  take(name: string): Slot | undefined
  /** Removes the rows and files of so many that were taken, and releases their space; whether any file could be removed. */
  evict(count: number): Promise<boolean>
  /** Gives back what is held for files that have no entry any more; whether there was any. */
  settle(): Promise<boolean>
  /** Writes that hold space for an entry which is not there yet. */
  holding(): number
  /** Whether space is held by writes and removals under way, which end by themselves. */
  isBusy(): boolean
  /** What to say where no room can be had. */
  refuse(): unknown
}

/** Evicting makes this share of the bounds free at once, so that not each write has to. */
const batchShare = 0.05
const batchEntries = 1_000
/** Where there is much, evicting begins before a write has to wait for it. */
const highWater = 0.98
const muchBytes = 16_777_216
const muchEntries = 1_000

/** Keeps the bounds: space is given out in order, each time after enough was evicted. */
export class Room {
  readonly #evictor: Evictor
  #turn: Promise<void> = Promise.resolve()
  #waiting = 0
  #relieving = false
  #closed = false
  #shedding: Promise<unknown> | undefined

  constructor(evictor: Evictor) {
    this.#evictor = evictor
  }

  /** Holds the space at once, if that is free and nobody waits for it. */
  tryHold(size: number): boolean {
    if (this.#waiting > 0 || !this.#hasRoom(spaceOf(size), 1)) return false
    this.#evictor.index.hold(size)
    if (this.#isMuch && !this.#hasRoom(0, highWater)) this.#relieve()
    return true
  }

  /** Resolves once the space is held. Rejects where none can be had: a disk that removes nothing. */
  reserve(size: number): Promise<void> {
    this.#waiting += 1
    const reserved = this.#turn
      .then(() => this.#makeRoom(spaceOf(size)))
      .then(() => this.#evictor.index.hold(size))
      .finally(() => {
        this.#waiting -= 1
      })
    this.#turn = reserved.catch(() => undefined)
    return reserved
  }

  /** Resolves once what is there is within the bounds, with `bytes` more free where that can be had. */
  async trim(bytes = 0): Promise<void> {
    const trimmed = this.#turn.then(() => this.#makeRoom(bytes))
    this.#turn = trimmed.catch(() => undefined)
    await trimmed
  }

  /** Evicts what is used least, room or not: the file system has less than was thought. @param size Of a file to make room for. */
  async shedFor(size: number): Promise<void> {
    // Many find the disk full at the same moment.
    this.#shedding ??= this.#shed(size).finally(() => {
      this.#shedding = undefined
    })
    await this.#shedding
  }

  /** Evicts no more. Resolves once it is done with what was begun. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#turn
  }

  get #isMuch(): boolean {
    return this.#evictor.maxBytes >= muchBytes && this.#evictor.maxEntries >= muchEntries
  }

  #hasRoom(space: number, share: number): boolean {
    const { index, maxBytes, maxEntries } = this.#evictor
    // The entry that the space is for is one more, unless it takes the place of another.
    const entries = index.size + this.#evictor.holding()
    return index.heldBytes + space <= maxBytes * share && entries < maxEntries * share
  }

  async #shed(size: number): Promise<void> {
    const bytes = Math.max(this.#evictor.index.heldBytes * batchShare, 2 * spaceOf(size))
    await this.#evictor.evict(await this.#take(bytes, 0))
  }

  async #makeRoom(space: number): Promise<void> {
    const { index, maxBytes, maxEntries } = this.#evictor
    while (!this.#hasRoom(space, 1)) {
      if (this.#closed) throw this.#evictor.refuse()
      // What is about to be free anyway costs no entry.
      const { changes } = index
      if (await this.#evictor.settle()) continue
      const changed = index.changed()
      const bytes = index.heldBytes + space - maxBytes + maxBytes * batchShare
      const entries = index.size - maxEntries + Math.ceil(maxEntries * batchShare)
      const count = await this.#take(bytes, entries)
      if (count > 0) await this.#evict(count)
      else if (this.#evictor.isBusy()) await changed
      // Nothing at all came about meanwhile: nothing will.
      else if (!(await this.#evictor.settle()) && index.changes === changes) throw this.#evictor.refuse()
    }
  }

  /** Where not one file can be removed, all that is there would be lost for nothing. */
  async #evict(count: number): Promise<void> {
    if (!(await this.#evictor.evict(count))) throw this.#evictor.refuse()
  }

  #relieve(): void {
    if (this.#relieving) return
    this.#relieving = true
    const { maxBytes } = this.#evictor
    const done = () => {
      this.#relieving = false
    }
    this.trim(maxBytes * (1 - highWater + batchShare)).then(done, done)
  }

  /** What expired, and then what was used least, until there is enough or a batch. Returns how many. */
  async #take(bytes: number, entries: number): Promise<number> {
    const { index } = this.#evictor
    let count = 0
    let space = 0
    const take = (name: string) => {
      const slot = this.#evictor.take(name)
      if (!slot) return
      count += 1
      space += spaceOf(slot.size)
    }
    for (const name of await this.#evictor.expired()) take(name)
    for (const [name] of index.entries()) {
      const enough = space >= bytes && count >= entries
      if (enough || count >= batchEntries) break
      take(name)
    }
    return count
  }
}
