/**
 * An opened directory.
 *
 * - *slot*: what the index in memory knows of one entry: the number of its write, its length, its dates.
 * - *row*: the same in the index file. The row decides what is served after a restart; the index in memory until then.
 * - *file*: header and value, written once under a name of its own, and checked whole whenever it is read.
 *
 * Rejected: one file name for all writes of a key (it takes a rename, a queue for each key, and a kill between the rename
 * and the commit of its row loses the old entry as well as the new one).
 */
import type { Awaitable } from '@greenlang/core'
import type { FileContent } from '../files/read-file.ts'
import type { ValueFiles } from '../files/value-files.ts'
import { isDamage } from '../metadata/sqlite-errors.ts'
import type { Commits } from './commits.ts'
import { type EntryIndex, rowOf, type Slot } from './entry-index.ts'
import type { Health } from './health.ts'
import { warmed } from './heat.ts'
import { Room } from './room.ts'
import { Writes, type WritesParts } from './writes.ts'

export interface EntryStoreParts extends Omit<WritesParts, 'room'> {
  readonly maxEntries: number
  onEvict(count: number): void
  /** How many files could not be removed so far, and why the last one could not. */
  stuck(): { readonly count: number; readonly error: unknown }
  /** Told of failures that no caller waits for. */
  onFailure(error: unknown): void
}

const expiredBatch = 256

export class EntryStore {
  readonly index: EntryIndex
  readonly files: ValueFiles
  readonly commits: Commits
  readonly health: Health
  readonly room: Room
  readonly writes: Writes
  readonly #parts: EntryStoreParts
  #unremovable: unknown
  #aside: Promise<unknown> = Promise.resolve()
  #asides = 0
  /** What was set aside and could not be removed. */
  #stuckAsides: { readonly path: string; readonly bytes: number }[] = []

  constructor(parts: EntryStoreParts) {
    this.#parts = parts
    this.index = parts.index
    this.files = parts.files
    this.commits = parts.commits
    this.health = parts.health
    this.room = new Room({
      index: this.index,
      maxBytes: parts.maxBytes,
      maxEntries: parts.maxEntries,
      expired: () => this.expired(),
      take: name => this.#take(name),
      evict: count => this.#evict(count),
      settle: () => this.#settle(),
      holding: () => this.writes.holding,
      isBusy: () => this.writes.holding > 0 || this.#asides > 0,
      refuse: () => this.writes.unavailable(undefined),
    })
    this.writes = new Writes({ ...parts, room: this.room })
  }

  /** Throws or rejects where it is not known whether the file is there. */
  read(name: string, { seq, size }: Slot): Awaitable<FileContent> {
    return this.files.read({ name, seq, size })
  }

  /** What the tier is read-only for, if it is because no file could be removed. */
  get unremovable(): unknown {
    return this.#unremovable
  }

  /** Marks the entry as just used. */
  touch(name: string, slot: Slot): void {
    const now = this.#parts.clock.turn()
    slot.usedAt = now
    slot.uses = warmed(slot.uses, now)
    this.index.touch(name, slot)
    this.commits.use({ name, usedAt: slot.usedAt, uses: slot.uses })
  }

  /** Takes the entry away, if it is there; the change is committed with the next ones. */
  drop(name: string): boolean {
    return this.#take(name) !== undefined
  }

  /** How many were there. All of it holds at once; `flushed` says when it does for good. */
  remove(names: readonly string[]): number {
    let count = 0
    for (const name of names) {
      const wasUnderWay = this.writes.supersede(name)
      if (this.drop(name) || wasUnderWay) count += 1
    }
    return count
  }

  invalidate(names: readonly string[]): void {
    for (const name of names) {
      const writing = this.writes.of(name)
      if (writing) writing.invalidated = true
      const slot = this.index.get(name)
      if (!slot || slot.invalidated) continue
      slot.invalidated = true
      this.commits.put(rowOf(name, slot))
    }
  }

  /** Resolves once what was changed about these keys is committed. */
  async flushed(names: readonly string[]): Promise<void> {
    if (names.some(name => this.commits.isPending(name))) await this.commits.flush()
  }

  /** Nothing is there any more. The files go in the background, and hold their space until then. */
  async clear(): Promise<void> {
    this.writes.supersedeAll()
    const taken = this.index.takeAll()
    try {
      const aside = this.files.setAside()
      this.commits.clear()
      this.#aside = Promise.all([this.#aside, this.#removeAside(aside, taken.bytes)])
    } catch {
      for (const [name, { seq, size }] of taken.slots) this.commits.remove(name, { name, seq, size })
    }
    await this.commits.flush()
  }

  /** Commits all changes so far, or, where that cannot be done now, leaves them to the probe. */
  async flushSoftly(): Promise<void> {
    await this.commits.flush().catch(() => undefined)
  }

  /** As `flushSoftly`, until the files of what is gone are gone too. */
  async settle(): Promise<void> {
    await this.flushSoftly()
    await this.commits.discarded()
  }

  /** Tries again to remove what `clear` left. */
  async removeStuck(): Promise<void> {
    const stuck = this.#stuckAsides
    this.#stuckAsides = []
    for (const { path, bytes } of stuck) await this.#removeAside(path, bytes)
  }

  /** Resolves once what `clear` left is gone. */
  async emptied(): Promise<void> {
    await this.#aside
  }

  async expired(): Promise<readonly string[]> {
    if (!this.health.canWrite) return []
    const now = this.#parts.clock.now()
    // What was stored a moment ago may have the shortest life.
    await this.flushSoftly()
    const names = await this.commits.expired(now, expiredBatch).catch(error => this.#failAsking(error))
    return names.filter(name => (this.index.get(name)?.expiresAt ?? Number.POSITIVE_INFINITY) <= now)
  }

  #take(name: string): Slot | undefined {
    const slot = this.index.take(name)
    if (slot) this.commits.remove(name, { name, seq: slot.seq, size: slot.size })
    return slot
  }

  async #evict(count: number): Promise<boolean> {
    const before = this.#parts.stuck().count
    this.#parts.onEvict(count)
    // Whatever stands against it: where the rows cannot be changed, the files go all the same.
    await this.commits.retry().catch(() => undefined)
    await this.commits.discarded()
    const stuck = this.#parts.stuck()
    if (count === 0 || stuck.count - before < count) return true
    this.#unremovable = stuck.error
    this.health.failWriting(stuck.error)
    return false
  }

  /** An index that cannot be read is made anew from what is known. */
  async #failAsking(error: unknown): Promise<readonly string[]> {
    const failed = isDamage(error)
      ? await this.commits.rebuild(error).then(
          () => undefined,
          failure => failure,
        )
      : error
    if (failed !== undefined) this.health.failWriting(failed)
    return []
  }

  async #settle(): Promise<boolean> {
    if (!this.commits.hasGarbage) return false
    const before = this.index.heldBytes
    await this.settle()
    return this.index.heldBytes < before
  }

  async #removeAside(path: string, bytes: number): Promise<void> {
    this.#asides += 1
    try {
      await this.files.removeAside(path)
      this.index.releaseSpace(bytes)
    } catch (error) {
      // Until it is gone its space is not given to others.
      this.#stuckAsides.push({ path, bytes })
      this.#parts.onFailure(error)
    } finally {
      this.#asides -= 1
      this.index.wake()
    }
  }
}
