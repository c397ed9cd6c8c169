import { type EntryIndex, type Slot, spaceOf } from './entry-index.ts'

/** What `Room` needs of the store around it. */
export interface Evictor {
  readonly index: EntryIndex
  readonly maxBytes: number
  readonly maxEntries: number
  /** Names of entries that have expired, as many as one batch takes. */
  expired(): Promise<readonly string[]>
  /** Removes the rows and files of entries already taken from the index, and releases their space. */
  evict(victims: ReadonlyMap<string, Slot>): Promise<void>
  /** Gives back what is held for files that have no entry any more; whether there was any. */
  settle(): Promise<boolean>
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
    const bytes = Math.max(this.#evictor.index.heldBytes * batchShare, 2 * spaceOf(size))
    await this.#evictor.evict(await this.#victims(bytes, 0))
  }

  get #isMuch(): boolean {
    return this.#evictor.maxBytes >= muchBytes && this.#evictor.maxEntries >= muchEntries
  }

  #hasRoom(space: number, share: number): boolean {
    const { index, maxBytes, maxEntries } = this.#evictor
    // The entry that the space is for is one more, unless it takes the place of another.
    return index.heldBytes + space <= maxBytes * share && index.size < maxEntries * share
  }

  async #makeRoom(space: number): Promise<void> {
    const { index, maxBytes, maxEntries } = this.#evictor
    while (!this.#hasRoom(space, 1)) {
      // What is about to be free anyway costs no entry.
      const { changes } = index
      if (await this.#evictor.settle()) continue
      const changed = index.changed()
      const bytes = index.heldBytes + space - maxBytes + maxBytes * batchShare
      const entries = index.size - maxEntries + Math.ceil(maxEntries * batchShare)
      const victims = await this.#victims(bytes, entries)
      if (victims.size > 0) await this.#evictor.evict(victims)
      else if (this.#evictor.isBusy()) await changed
      // Nothing at all came about meanwhile: nothing will.
      else if (index.changes === changes) throw this.#evictor.refuse()
    }
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

  async #victims(bytes: number, entries: number): Promise<Map<string, Slot>> {
    const { index } = this.#evictor
    const victims = new Map<string, Slot>()
    let space = 0
    const take = (name: string) => {
      const slot = index.take(name)
      if (!slot) return
      victims.set(name, slot)
      space += spaceOf(slot.size)
    }
    for (const name of await this.#evictor.expired()) take(name)
    for (const [name] of index.entries()) {
      const enough = space >= bytes && victims.size >= entries
      if (enough || victims.size >= batchEntries) break
      take(name)
    }
    return victims
  }
}
