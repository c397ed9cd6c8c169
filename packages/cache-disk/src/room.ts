import { type EntryIndex, type Slot, spaceOf } from './entry-index.ts'

/** What `Room` needs of the store around it. */
export interface Evictor {
  readonly index: EntryIndex
  readonly maxBytes: number
  /** Names of entries that have expired, as many as one batch takes. */
  expired(): Promise<readonly string[]>
  /** Removes the files and rows of entries already taken from the index, and releases their space. */
  evict(victims: ReadonlyMap<string, Slot>): Promise<void>
}

/** Evicting makes this share of `maxBytes` free at once, so that not each write has to. */
const batchShare = 0.05
const batchEntries = 1000

/** Keeps the bound: space is given out in order, each time after enough was evicted. */
export class Room {
  readonly #evictor: Evictor
  #turn: Promise<void> = Promise.resolve()

  constructor(evictor: Evictor) {
    this.#evictor = evictor
  }

  /** Resolves once the index holds the space for `slot`, which must be able to fit beside what is stranded. */
  reserve(slot: Slot): Promise<void> {
    const reserved = this.#turn.then(() => this.#reserve(slot))
    this.#turn = reserved.catch(() => undefined)
    return reserved
  }

  /** Resolves once what is there is within the bound. */
  async trim(): Promise<void> {
    const nothing: Slot = { size: 0, expiresAt: 0 }
    await this.reserve(nothing)
    this.#evictor.index.release(nothing)
  }

  async #reserve(slot: Slot): Promise<void> {
    const { index, maxBytes } = this.#evictor
    while (index.heldBytes + spaceOf(slot) > maxBytes) {
      if (index.stranded.bytes + spaceOf(slot) > maxBytes) throw index.stranded.cause
      const changed = index.changed()
      const missing = index.heldBytes + spaceOf(slot) - maxBytes
      const victims = await this.#victims(missing + maxBytes * batchShare)
      if (victims.size > 0) await this.#evictor.evict(victims)
      // All there is belongs to writes and removals under way: one of them ends.
      else await changed
    }
    index.hold(slot)
  }

  async #victims(bytes: number): Promise<Map<string, Slot>> {
    const { index } = this.#evictor
    const expired = await this.#evictor.expired()
    const victims = new Map<string, Slot>()
    let space = 0
    const take = (name: string) => {
      const slot = index.take(name)
      if (!slot) return
      victims.set(name, slot)
      space += spaceOf(slot)
    }
    for (const name of expired) take(name)
    for (const [name] of index.entries()) {
      if (space >= bytes || victims.size >= batchEntries) break
      take(name)
    }
    return victims
  }
}
