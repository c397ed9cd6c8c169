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
      return { kind: 'encoded', labels, parts: envelope.encodeParts(key, kept) }
    } catch (error) {
      return { kind: 'refused', name, error }
    }
  }

  /** Stores it. Where it is not stored, what was there before is gone. */
  write(open: OpenStore, prepared: Prepared): Awaitable<void> {
    if (prepared.kind === 'encoded') return this.#begin(open, prepared.labels, prepared.parts)
    open.store.remove([prepared.name])
    if (prepared.kind === 'refused') throw prepared.error
    return open.store.flushed([prepared.name])
  }

  #begin(open: OpenStore, labels: Labels, parts: Awaitable<Parts>): Awaitable<void> {
    const { store } = open
    const writing = store.writes.begin(labels)
    if (!isThenable(parts)) return this.#admit({ open, labels, writing }, parts)
    return parts.then(
      whole => this.#admit({ open, labels, writing }, whole),
      error => {
        store.writes.giveUp(labels.name, writing)
        throw error
      },
    )
  }

  #admit(write: Write, parts: Parts): Awaitable<void> {
    const { open, labels, writing } = write
    const { store, admission } = open
    const { name, expiresAt } = labels
    if (!store.writes.isLatest(name, writing)) return
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
    const finish = (outcome: WriteOutcome) => this.#count(outcome, lengthOf(parts))
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

function isOfDisk(error: unknown): boolean {
  return isGreenlangError(error, 'DISK_UNAVAILABLE') || isGreenlangError(error, 'DISK_BUSY')
}
