/** The way from a key to its entry: index, file, trailer, envelope, dates. */
import type { Decoded, Envelope } from '@greenlang/codec'
import { type Awaitable, type Clock, type Entry, isThenable } from '@greenlang/core'
import type { Counts } from './counts.ts'
import { errorCode } from './error.ts'
import type { FileContent } from './files/read-file.ts'
import type { Slot } from './store/entry-index.ts'
import type { OpenStore } from './store/open-directory.ts'
import type { Writing } from './store/writes.ts'

export interface ReadParts {
  readonly envelope: Envelope
  readonly clock: Clock
  readonly counts: Counts
}

/** A write may take the file away between the look into the index and the read. */
const tries = 3

export class EntryReader<T> {
  readonly #parts: ReadParts

  constructor(parts: ReadParts) {
    this.#parts = parts
  }

  /** Never rejects for a fault of the disk: that is a miss. */
  read(open: OpenStore, key: string, name: string): Awaitable<Entry<T> | undefined> {
    return this.#lookUp({ open, key, name, left: tries })
  }

  #lookUp(read: Read): Awaitable<Entry<T> | undefined> {
    const { open, name } = read
    const { store } = open
    // A set that was called before is seen, however long it takes; while it is encoded there is nothing to see.
    const writing = store.writes.of(name)
    if (writing)
      return writing.parts ? this.#decode(read, Buffer.concat(writing.parts), writing) : this.#miss()
    const slot = store.index.get(name)
    if (!slot || !store.health.canRead) return this.#miss()
    if (this.#isOver(slot)) {
      store.drop(name)
      return this.#miss()
    }
    let content: Awaitable<FileContent>
    try {
      content = store.read(name, slot)
    } catch (error) {
      return this.#fail(read, slot, error)
    }
    if (!isThenable(content)) return this.#judge(read, slot, content)
    return content.then(
      bytes => this.#judge(read, slot, bytes),
      error => this.#fail(read, slot, error),
    )
  }

  #judge(read: Read, slot: Slot, content: FileContent): Awaitable<Entry<T> | undefined> {
    return typeof content === 'string' ? this.#reject(read, slot) : this.#decode(read, content, slot)
  }

  #decode(read: Read, content: Buffer, from: Source): Awaitable<Entry<T> | undefined> {
    const decoded = this.#parts.envelope.decode<T>(read.key, content, { owned: true })
    if (!isThenable(decoded)) return this.#finish(read, from, decoded)
    return decoded.then(whole => this.#finish(read, from, whole))
  }

  #finish(read: Read, from: Source, decoded: Decoded<T>): Awaitable<Entry<T> | undefined> {
    if (decoded.kind === 'foreign') return this.#reject(read, from)
    const { store, journal } = read.open
    const entry: { -readonly [Name in keyof Entry<T>]: Entry<T>[Name] } = decoded.entry
    if (this.#isOver(entry)) return this.#miss()
    if (from.invalidated) entry.invalidated = true
    if (from.checkedAt !== undefined && from.vouch === journal.vouch) entry.checkedAt = from.checkedAt
    if ('seq' in from && store.index.get(read.name) === from) store.touch(read.name, from)
    this.#parts.counts.hits += 1
    return entry
  }

  /** What is there is not what was stored, or not there. */
  #reject(read: Read, from: Source): Awaitable<Entry<T> | undefined> {
    const { open, name, left } = read
    const { index } = open.store
    // Replaced since: what was read is nobody's fault.
    if (index.get(name) !== from) return left > 1 ? this.#lookUp({ ...read, left: left - 1 }) : this.#miss()
    if (!open.isThere()) return this.#miss()
    this.#parts.counts.rejected += 1
    open.store.drop(name)
    return this.#miss()
  }

  #fail({ open, name }: Read, slot: Slot, error: unknown): undefined {
    const { store } = open
    this.#parts.counts.failures += 1
    const isDisk = store.health.failReading(error) || errorCode(error) === 'DISK_BUSY'
    // Of this file alone, a bad block say: it goes.
    if (!isDisk && store.index.get(name) === slot) store.drop(name)
    return this.#miss()
  }

  #miss(): undefined {
    this.#parts.counts.misses += 1
    return undefined
  }

  #isOver({ expiresAt }: { readonly expiresAt: number }): boolean {
    return this.#parts.clock.turn() >= expiresAt
  }
}

interface Read {
  readonly open: OpenStore
  readonly key: string
  readonly name: string
  readonly left: number
}

/** A write that is still under way has no slot yet. */
type Source = Slot | Writing
