/**
 * An opened directory: files, their rows, the index in memory, and the order of operations on each name.
 *
 * The file is the truth: it holds key, dates, mark and value. A row only says that the file may be served. So a file is
 * there before its row and is gone before it, and a kill between the two leaves a file that is swept or a row that misses.
 * Writes, marks and removals of one name run one after the other. Evicting does not queue, as the write that waits for
 * the room has a place in a queue: names being evicted are in `leaving`, and a write waits for its own.
 */
import type { Clock } from '@greenlang/core'
import { EntryIndex, type Slot, spaceOf } from './entry-index.ts'
import { KeyQueue, settled } from './key-queue.ts'
import type { EntryRow, MetadataStore } from './metadata-store.ts'
import { Room } from './room.ts'
import { sweep } from './sweep.ts'
import type { ValueFiles } from './value-files.ts'

export interface EntryStoreParts {
  readonly files: ValueFiles
  readonly metadata: MetadataStore
  readonly maxBytes: number
  readonly clock: Clock
  /** Told how many entries were evicted. */
  onEvict(count: number): void
  /** Told of failures that no caller waits for. */
  onFailure(error: unknown): void
  /** Gives the directory back. Called last. */
  unlock(): Promise<void>
}

const expiredBatch = 256

export class EntryStore {
  readonly index = new EntryIndex()
  readonly files: ValueFiles
  readonly queue = new KeyQueue()
  readonly #parts: EntryStoreParts
  readonly #room: Room
  readonly #leaving = new Map<string, Promise<void>>()
  readonly #stopping = new AbortController()
  #sweeping: Promise<void> = Promise.resolve()
  #discarding: Promise<unknown> = Promise.resolve()

  constructor(parts: EntryStoreParts) {
    this.#parts = parts
    this.files = parts.files
    this.#room = new Room({
      index: this.index,
      maxBytes: parts.maxBytes,
      expired: () => this.#expired(),
      evict: victims => this.#evict(victims),
    })
  }

  /** Reads what the directory holds; the sweep goes on in the background. */
  async load(): Promise<void> {
    await this.files.prepare()
    const rows: EntryRow[] = []
    await this.#parts.metadata.load(page => rows.push(...page))
    rows.sort((a, b) => a.usedAt - b.usedAt)
    for (const { name, size, expiresAt } of rows) {
      const slot = { size, expiresAt }
      this.index.hold(slot)
      this.index.place(name, slot)
    }
    await this.#room.trim()
    this.#sweeping = sweep(this, this.#stopping.signal).catch(error => this.#parts.onFailure(error))
  }

  /** Whether a file of this length can ever be stored. */
  fits(size: number): boolean {
    return spaceOf({ size, expiresAt: 0 }) <= this.#parts.maxBytes
  }

  /** Marks the entry as just used. */
  touch(name: string, slot: Slot): void {
    if (this.index.get(name) !== slot) return
    this.index.touch(name, slot)
    this.#parts.metadata.touch(name, this.#parts.clock.now())
  }

  /** Stores the bytes. When it fails, what was there before is gone too. */
  write(name: string, bytes: Uint8Array, expiresAt: number): Promise<void> {
    const slot: Slot = { size: bytes.byteLength, expiresAt }
    return this.queue.run(name, async () => {
      try {
        await this.#room.reserve(slot)
        await this.#replace(name, slot, bytes)
      } catch (error) {
        await settled(this.#removeNow(name))
        throw error
      }
    })
  }

  /** Removes the entry, or does nothing if `only` is given and is not the one that is there. Whether it was there. */
  remove(name: string, only?: Slot): Promise<boolean> {
    return this.queue.run(name, async () => {
      await this.#leaving.get(name)
      const slot = this.index.get(name)
      if (!slot || (only && slot !== only)) return false
      await this.#removeNow(name)
      return true
    })
  }

  /** Marks the entry stale; one that cannot be marked is removed. Resolves to `false` if its file was not there. */
  invalidate(name: string): Promise<boolean> {
    return this.queue.run(name, async () => {
      if (!this.index.get(name)) return true
      try {
        if (await this.files.markInvalidated(name)) return true
      } catch (error) {
        await settled(this.#removeNow(name))
        throw error
      }
      await this.#removeNow(name)
      return false
    })
  }

  /** Resolves once nothing is listed any more. The files go in the background, and hold their space until then. */
  clear(): Promise<void> {
    return this.queue.runAlone(async () => {
      const taken = [...this.index.entries()]
      for (const [name] of taken) this.index.take(name)
      const old = await this.files.setAside().catch(error => {
        for (const [name, slot] of taken) this.index.place(name, slot)
        throw error
      })
      const slots = taken.map(([, slot]) => slot)
      try {
        await this.#parts.metadata.clear()
      } finally {
        this.#discarding = Promise.all([this.#discarding, this.#discard(old, slots)])
      }
    })
  }

  /** Drops an entry whose file is not as listed. Called from within the queue of its name. */
  async drop(name: string, slot: Slot): Promise<void> {
    if (this.index.get(name) === slot) await this.#removeNow(name)
  }

  /** Call when no operation is under way any more. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#sweeping
    await this.#discarding
    try {
      await this.#parts.metadata.close()
    } finally {
      await this.#parts.unlock()
    }
  }

  async #replace(name: string, slot: Slot, bytes: Uint8Array): Promise<void> {
    let listed = false
    try {
      const path = await this.files.writeTemporary(bytes)
      const old = this.index.take(name)
      try {
        await this.#leaving.get(name)
        await this.files.commit(path, name)
      } catch (error) {
        await this.files.discard(path)
        throw error
      } finally {
        if (old) this.index.release(old)
      }
      this.index.place(name, slot)
      listed = true
    } finally {
      if (!listed) this.index.release(slot)
    }
    const { size, expiresAt } = slot
    await this.#parts.metadata.put({ name, size, expiresAt, usedAt: this.#parts.clock.now() })
  }

  /** A file that cannot be removed counts as gone: its row is, so that it is not served, and the next sweep finds it. */
  async #removeNow(name: string): Promise<void> {
    await this.#leaving.get(name)
    const slot = this.index.take(name)
    try {
      await this.files.remove(name)
    } finally {
      if (slot) this.index.release(slot)
      await this.#parts.metadata.remove([name])
    }
  }

  async #discard(old: string, slots: readonly Slot[]): Promise<void> {
    try {
      await this.files.discardAll(old)
      for (const slot of slots) this.index.release(slot)
    } catch (error) {
      this.index.strand(slots, error)
      this.#parts.onFailure(error)
    }
  }

  async #expired(): Promise<readonly string[]> {
    const now = this.#parts.clock.now()
    const names = await this.#parts.metadata.expired(now, expiredBatch)
    return names.filter(name => (this.index.get(name)?.expiresAt ?? Number.POSITIVE_INFINITY) <= now)
  }

  async #evict(victims: ReadonlyMap<string, Slot>): Promise<void> {
    const removing = Promise.all([...victims].map(([name, slot]) => this.#evictOne(name, slot)))
    const gone = removing.finally(() => this.#parts.metadata.remove([...victims.keys()]))
    for (const name of victims.keys()) this.#leaving.set(name, settled(gone))
    this.#parts.onEvict(victims.size)
    try {
      await gone
    } finally {
      for (const name of victims.keys()) this.#leaving.delete(name)
    }
  }

  async #evictOne(name: string, slot: Slot): Promise<void> {
    try {
      await this.files.remove(name)
    } finally {
      this.index.release(slot)
    }
  }
}
