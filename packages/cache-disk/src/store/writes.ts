/**
 * Sets under way. A later set, delete or clear of the key takes the place of one: when it lands it finds that it is not
 * the latest any more, and its file goes. So the call that was issued last has the last word, and none waits for another.
 */
import { type Awaitable, type Clock, isGreenlangError, isThenable } from '@greenlang/core'
import { DiskUnavailableError } from '../error.ts'
import type { ValueFiles } from '../files/value-files.ts'
import type { FileName } from '../files/value-paths.ts'
import type { Durability } from '../files/write-file.ts'
import type { Commits } from './commits.ts'
import { type EntryIndex, rowOf, type Slot, spaceOf } from './entry-index.ts'
import { type Health, isWantOfRoom } from './health.ts'
import type { Room } from './room.ts'

export interface WritesParts {
  readonly tier: string
  readonly clock: Clock
  readonly index: EntryIndex
  readonly files: ValueFiles
  readonly commits: Commits
  readonly health: Health
  readonly room: Room
  readonly maxBytes: number
  readonly durability: Durability
  /** Numbers of writes, none of which was ever given before. */
  nextSeq(): number
  /** What a slot notes of the journal for an entry that was checked then. */
  vouch(checkedAt: number | undefined): number
  /** A file of this length was written. */
  onWritten(bytes: number): void
  /** Whether the directory is still there; if not, its loss is told. */
  isThere(): boolean
}

/** What is known of an entry before it is written. */
export interface Labels {
  readonly name: string
  readonly expiresAt: number
  readonly checkedAt: number | undefined
}

export interface Writing {
  readonly checkedAt: number | undefined
  /** As in a slot. */
  readonly vouch: number
  invalidated: boolean
  /** Resolves once it is known what became of it; only where its caller waits for that. */
  ended?: Promise<void>
  /** What is to be written, once it is known: reads are answered from here. */
  parts: readonly Uint8Array[] | undefined
}

interface Write {
  readonly labels: Labels
  readonly writing: Writing
  readonly parts: readonly Uint8Array[]
  readonly size: number
}

export type WriteOutcome = 'stored' | 'superseded' | 'too-large'

export class Writes {
  readonly #parts: WritesParts
  readonly #latest = new Map<string, Writing>()
  readonly #underWay = new Set<Promise<unknown>>()
  #holding = 0

  constructor(parts: WritesParts) {
    this.#parts = parts
  }

  /** How many hold space for a file that is not there yet. */
  get holding(): number {
    return this.#holding
  }

  of(name: string): Writing | undefined {
    return this.#latest.get(name)
  }

  /** From now on this is the latest call about the key. */
  begin({ name, checkedAt }: Labels): Writing {
    const vouch = this.#parts.vouch(checkedAt)
    const writing: Writing = { checkedAt, vouch, invalidated: false, parts: undefined }
    this.#latest.set(name, writing)
    return writing
  }

  isLatest(name: string, writing: Writing): boolean {
    return this.#latest.get(name) === writing
  }

  /** What is under way for the key comes to nothing. Whether there was something. */
  supersede(name: string): boolean {
    return this.#latest.delete(name)
  }

  supersedeAll(): void {
    this.#latest.clear()
  }

  /** Nothing is stored by this set, and what was there is gone. */
  giveUp(name: string, writing: Writing): void {
    if (!this.isLatest(name, writing)) return
    this.#latest.delete(name)
    const slot = this.#parts.index.take(name)
    if (slot) this.#parts.commits.remove(name, { name, seq: slot.seq, size: slot.size })
  }

  /**
   * Writes the file, then the row. @throws DiskUnavailableError, at once or by rejection: the older entry is gone then, and
   * the new one may not last.
   */
  write(labels: Labels, writing: Writing, parts: readonly Uint8Array[]): Awaitable<WriteOutcome> {
    const { name } = labels
    const { files, health, maxBytes, room } = this.#parts
    if (!this.isLatest(name, writing)) return 'superseded'
    writing.parts = parts
    const size = files.sizeOf(parts)
    if (spaceOf(size) > maxBytes) {
      this.giveUp(name, writing)
      return 'too-large'
    }
    if (!health.canWrite) {
      this.giveUp(name, writing)
      throw this.unavailable(undefined)
    }
    const write = { labels, writing, parts, size }
    if (room.tryHold(size)) return this.#begin(write)
    const begin = () => this.#begin(write)
    return this.track(room.reserve(size).then(begin, error => this.#fail(write, error)))
  }

  /** Work that `ended` waits for. */
  track<R>(work: Promise<R>): Promise<R> {
    const done = work
      .catch(() => undefined)
      .finally(() => {
        this.#underWay.delete(done)
      })
    this.#underWay.add(done)
    return work
  }

  /** Resolves once all that is under way now has ended. */
  async ended(): Promise<void> {
    if (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay])
  }

  unavailable(cause: unknown): DiskUnavailableError {
    const { condition } = this.#parts.health
    const reason = cause ?? (condition.kind === 'ok' ? undefined : condition.error)
    return new DiskUnavailableError(this.#parts.tier, { cause: reason })
  }

  #begin(write: Write): Awaitable<WriteOutcome> {
    this.#holding += 1
    return this.#writeFile(write, false)
  }

  #writeFile(write: Write, isSecondTry: boolean): Awaitable<WriteOutcome> {
    if (!this.isLatest(write.labels.name, write.writing)) return this.#letGo(write)
    const file = { name: write.labels.name, seq: this.#parts.nextSeq() }
    let written: Awaitable<void>
    try {
      written = this.#parts.files.write(file, write.parts)
    } catch (error) {
      return this.track(this.#failWriting(write, error, isSecondTry))
    }
    if (!isThenable(written)) return this.#land(write, file)
    return this.track(
      Promise.resolve(written).then(
        () => this.#land(write, file),
        error => this.#failWriting(write, error, isSecondTry),
      ),
    )
  }

  /** It gave way before anything was written. */
  #letGo({ size }: Write): WriteOutcome {
    this.#holding -= 1
    this.#parts.index.release(size)
    return 'superseded'
  }

  #land({ labels, writing, size }: Write, file: FileName): Awaitable<WriteOutcome> {
    const { name, expiresAt } = labels
    const { clock, commits, durability, index, onWritten } = this.#parts
    this.#holding -= 1
    onWritten(size)
    if (!this.isLatest(name, writing)) {
      commits.garbage({ ...file, size })
      return 'superseded'
    }
    this.#latest.delete(name)
    const old = index.get(name)
    const { invalidated, vouch, checkedAt } = writing
    const dates = { expiresAt, usedAt: clock.turn() }
    const marks = { invalidated, vouch, checkedAt, seen: true }
    const slot: Slot = { seq: file.seq, size, ...dates, uses: old?.uses ?? 0, ...marks }
    index.place(name, slot)
    commits.put(rowOf(name, slot), old && { name, seq: old.seq, size: old.size })
    if (durability === 'none') return 'stored'
    return commits.flush().then(
      () => 'stored' as const,
      error => Promise.reject(this.unavailable(error)),
    )
  }

  async #failWriting(write: Write, error: unknown, isSecondTry: boolean): Promise<WriteOutcome> {
    const { health, index, isThere, room } = this.#parts
    // What took its place may have taken its directory too.
    if (!this.isLatest(write.labels.name, write.writing)) return this.#letGo(write)
    if (isWantOfRoom(error) && !isSecondTry) {
      await room.shedFor(write.size)
      if (health.canWrite) return this.#writeFile(write, true)
    }
    this.#holding -= 1
    index.release(write.size)
    // To wait for one's turn says nothing of the disk.
    if (!isGreenlangError(error, 'DISK_BUSY') && isThere()) health.failWriting(error, write.size)
    return this.#fail(write, error)
  }

  #fail({ labels, writing }: Write, error: unknown): never {
    this.giveUp(labels.name, writing)
    throw isGreenlangError(error, 'DISK_BUSY') ? error : this.unavailable(error)
  }
}
