/** The way from an entry to its file: dates, envelope, admission, room. */
import { type Awaitable, type Entry, isGreenlangError, isThenable, shortenLife } from '@greenlang/core'
import type { Counts } from './counts.ts'
import { nextTurn } from './files/pace.ts'
import { lengthOf } from './files/slices.ts'
import { nameOf } from './key-name.ts'
import type { DiskSettings } from './options.ts'
import type { OpenStore } from './store/open-directory.ts'
import type { Labels, WriteOutcome, Writing } from './store/writes.ts'

type Parts = readonly Uint8Array[]

/** An entry as it was when it was given, whatever becomes of the value. */
export type Prepared =
  /** Dead on arrival, or not worth writing. */
  | { readonly kind: 'unwanted'; readonly name: string }
  | { readonly kind: 'refused'; readonly name: string; readonly error: unknown }
  | { readonly kind: 'encoded'; readonly labels: Labels; readonly parts: Awaitable<Parts> }

/** Most bytes whose writing nobody waits for. */
const mostBehindBytes = 33_554_432

export class EntryWriter {
  readonly #settings: DiskSettings
  readonly #counts: Counts
  #behindBytes = 0

  constructor(settings: DiskSettings, counts: Counts) {
    this.#settings = settings
    this.#counts = counts
  }

  /** Encodes at once, so that a later change of the value is not stored. Never throws. */
  prepare(key: string, entry: Entry, open: OpenStore | undefined): Prepared {
    const { clock, envelope, maxTtlMs } = this.#settings
    const now = clock.turn()
    const name = nameOf(key)
    const kept = shortenLife(entry, maxTtlMs, now)
    if (now >= kept.expiresAt) return { kind: 'unwanted', name }
    if (open && !open.store.index.get(name) && !open.admission.mayAdmit(name, kept.expiresAt)) {
      this.#counts.notAdmitted += 1
      return { kind: 'unwanted', name }
    }
    const labels = { name, expiresAt: kept.expiresAt, checkedAt: entry.checkedAt }
    try {
      const parts = envelope.encodeParts(key, kept)
      // It may be that nobody asks for them any more when they are refused.
      if (isThenable(parts)) parts.then(undefined, () => undefined)
      return { kind: 'encoded', labels, parts }
    } catch (error) {
      return { kind: 'refused', name, error }
    }
  }

  /** Stores it. Where it is not stored, what was there before is gone. */
  write(open: OpenStore, prepared: Prepared): Awaitable<void> {
    return this.begin(open, prepared)()
  }

  /** From now on it is the latest call about the key; what is returned stores it. Never throws. */
  begin(open: OpenStore, prepared: Prepared): () => Awaitable<void> {
    const { store } = open
    if (prepared.kind !== 'encoded') {
      store.remove([prepared.name])
      return () => this.#notStored(open, prepared)
    }
    const { labels, parts } = prepared
    const write = { open, labels, writing: store.writes.begin(labels) }
    if (this.#settings.durability === 'none') return () => this.#encoded(write, parts)
    const { settle, promise } = deferred()
    write.writing.ended = promise
    return async () => {
      try {
        await this.#encoded(write, parts)
      } finally {
        settle()
      }
    }
  }

  #notStored(open: OpenStore, prepared: Exclude<Prepared, { kind: 'encoded' }>): Promise<void> {
    if (prepared.kind === 'refused') throw prepared.error
    return open.store.flushed([prepared.name])
  }

  #encoded(write: Write, parts: Awaitable<Parts>): Awaitable<void> {
    if (!isThenable(parts)) return this.#admit(write, parts)
    return parts.then(
      whole => this.#admit(write, whole),
      error => {
        write.open.store.writes.giveUp(write.labels.name, write.writing)
        throw error
      },
    )
  }

  #admit(write: Write, parts: Parts): Awaitable<void> {
    const { open, labels, writing } = write
    const { store, admission } = open
    const { name, expiresAt } = labels
    if (!store.writes.isLatest(name, writing)) return this.#lasting(open, name)
    const isHeld = store.index.get(name) !== undefined
    if (admission.judge(name, expiresAt, store.files.sizeOf(parts), isHeld)) {
      this.#counts.notAdmitted += 1
      store.writes.giveUp(name, writing)
      return store.flushed([name])
    }
    const bytes = lengthOf(parts)
    if (!this.#settings.writeBehind || this.#behindBytes + bytes > mostBehindBytes)
      return this.#store(write, parts)
    this.#behindBytes += bytes
    writing.parts = parts
    const done = () => {
      this.#behindBytes -= bytes
    }
    store.writes.track(
      nextTurn()
        .then(() => this.#store(write, parts))
        .then(done, done),
    )
  }

  #store({ open, labels, writing }: Write, parts: Parts): Awaitable<void> {
    const finish = (outcome: WriteOutcome) => {
      this.#count(outcome, lengthOf(parts))
      if (outcome !== 'stored') return this.#lasting(open, labels.name)
    }
    const fail = (error: unknown) => this.#fail(error)
    try {
      const outcome = open.store.writes.write(labels, writing, parts)
      return isThenable(outcome) ? outcome.then(finish, fail) : finish(outcome)
    } catch (error) {
      return fail(error)
    }
  }

  #count(outcome: WriteOutcome, bytes: number): void {
    if (outcome === 'too-large') this.#counts.evictions += 1
    else this.#counts.sets += 1
    if (outcome === 'stored') this.#counts.storedBytes += bytes
  }

  /** Resolves once what took the place of a set is as sure to last as the caller asked for. */
  #lasting({ store }: OpenStore, name: string): Awaitable<void> {
    if (this.#settings.durability === 'none') return
    const { ended } = store.writes.of(name) ?? {}
    const flush = () => store.flushed([name]).catch(error => Promise.reject(store.writes.unavailable(error)))
    return ended ? ended.then(flush) : flush()
  }

  /** A cache may lose data: only who asked for more is told. */
  #fail(error: unknown): void {
    if (this.#settings.durability !== 'none' || !isOfDisk(error)) throw error
    this.#counts.failures += 1
  }
}

interface Write {
  readonly open: OpenStore
  readonly labels: Labels
  readonly writing: Writing
}

function deferred(): { readonly promise: Promise<void>; readonly settle: () => void } {
  let settle = (): void => undefined
  const promise = new Promise<void>(resolve => {
    settle = resolve
  })
  return { promise, settle: () => settle() }
}

function isOfDisk(error: unknown): boolean {
  return isGreenlangError(error, 'DISK_UNAVAILABLE') || isGreenlangError(error, 'DISK_BUSY')
}
