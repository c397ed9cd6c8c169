import { stat } from 'node:fs/promises'
import {
  type Awaitable,
  ClosedError,
  checkInteger,
  checkKey,
  contractOf,
  type Entry,
  isThenable,
  type Journal,
} from '@greenlang/core'
import { abortable } from './abortable.ts'
import { type Counts, newCounts } from './counts.ts'
import type { DiskStats, DiskTier, HotKey, Reconciled, Vacuumed } from './disk-types.ts'
import { DiskUnavailableError } from './error.ts'
import { hottest } from './hottest.ts'
import { nameOf } from './key-name.ts'
import { Opening } from './opening.ts'
import { type DiskOptions, type DiskSettings, parseDiskOptions } from './options.ts'
import { Owed } from './owed.ts'
import { EntryReader } from './read-entry.ts'
import { bytesPerEntry } from './store/entry-index.ts'
import type { OpenStore } from './store/open-directory.ts'
import { EntryWriter } from './write-entry.ts'

/**
 * A tier that keeps entries in files below `directory`, within `maxBytes`, over restarts of the process. The directory is
 * opened by the first call; DirectoryInUseError, UnsafeDirectoryError and MissingBindingError reject every call until they
 * are seen to. Any other fault of the disk is a miss, told once to `observer`, and heals by itself.
 * @throws InvalidOptionError
 */
export function diskTier<T = unknown>(options: DiskOptions): DiskTier<T> {
  return new FileTier<T>(parseDiskOptions(options))
}

class FileTier<T> implements DiskTier<T> {
  readonly name: string
  readonly scope = 'process'
  readonly contract = contractOf('@greenlang/cache-disk')
  readonly guarded = false
  readonly journal: Journal = {
    read: async () => {
      if (this.#closing) throw new ClosedError(`tier "${this.name}"`)
      return this.#track(this.#opening.applied())
    },
    mark: async (stamp, removal) => {
      const owe = () => removal && this.#owed.remove(removal.keys, removal.mode)
      await this.#run<unknown>(undefined, owe, ({ journal }) => journal.mark(stamp, removal))
    },
    distrust: async () => {
      const at = this.#settings.clock.now()
      const owe = () => this.#owed.distrust(at)
      return this.#run<void>(undefined, owe, ({ journal }) => journal.distrust(at))
    },
  }
  readonly #settings: DiskSettings
  readonly #counts: Counts = newCounts()
  readonly #pending = new Set<Promise<unknown>>()
  readonly #owed = new Owed()
  readonly #opening: Opening
  readonly #reader: EntryReader<T>
  readonly #writer: EntryWriter
  #closing: Promise<void> | undefined

  constructor(settings: DiskSettings) {
    const { name, envelope, clock } = settings
    this.name = name
    this.#settings = settings
    this.#opening = new Opening(settings, {
      onEvict: count => {
        this.#counts.evictions += count
      },
      onWritten: bytes => {
        this.#counts.writtenBytes += bytes
      },
      onFailure: () => {
        this.#counts.failures += 1
      },
    })
    this.#reader = new EntryReader({ envelope, clock, counts: this.#counts })
    this.#writer = new EntryWriter(settings, this.#counts)
  }

  get(key: string, signal?: AbortSignal): Awaitable<Entry<T> | undefined> {
    checkKey(key)
    const open = this.#closing ? undefined : this.#ready()
    if (!open || signal)
      return this.#run(
        signal,
        () => this.#missed(1),
        store => this.#read(store, key),
      )
    const entry = this.#read(open, key)
    return isThenable(entry) ? this.#track(entry) : entry
  }

  async getMany(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Entry<T>>> {
    keys.forEach(checkKey)
    const found = new Map<string, Entry<T>>()
    const read = async (open: OpenStore) => {
      const readOne = async (key: string) => {
        const entry = await this.#read(open, key)
        if (entry) found.set(key, entry)
      }
      await settleAll(keys.map(key => () => readOne(key)))
    }
    await this.#run<void>(signal, () => void this.#missed(keys.length), read)
    return found
  }

  async set(key: string, entry: Entry<T>, signal?: AbortSignal): Promise<void> {
    checkKey(key)
    const prepared = this.#writer.prepare(key, entry, this.#opening.current)
    return this.#run(
      signal,
      () => this.#notStored([key]),
      open => this.#writer.write(open, prepared),
    )
  }

  async setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Promise<void> {
    for (const key of entries.keys()) checkKey(key)
    const prepared = [...entries].map(([key, entry]) =>
      this.#writer.prepare(key, entry, this.#opening.current),
    )
    return this.#run(
      signal,
      () => this.#notStored([...entries.keys()]),
      async open => {
        await settleAll(prepared.map(one => this.#writer.begin(open, one)))
      },
    )
  }

  async deleteMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    keys.forEach(checkKey)
    const names = keys.map(nameOf)
    const owe = () => this.#owe(() => this.#owed.remove(keys, 'delete'))
    return this.#run<void>(signal, owe, ({ store }) => {
      this.#counts.deletes += store.remove(names)
      return this.#committed(store.flushed(names))
    })
  }

  async invalidateMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    keys.forEach(checkKey)
    const names = keys.map(nameOf)
    const owe = () => this.#owe(() => this.#owed.remove(keys, 'invalidate'))
    return this.#run<void>(signal, owe, ({ store }) => {
      store.invalidate(names)
      return this.#committed(store.flushed(names))
    })
  }

  async clear(signal?: AbortSignal): Promise<void> {
    const owe = () => this.#owe(() => this.#owed.clear())
    return this.#run<void>(signal, owe, ({ store }) => this.#committed(store.clear()))
  }

  async topKeys(count: number): Promise<readonly HotKey[]> {
    checkInteger('count', count, 1)
    const now = this.#settings.clock.now()
    return this.#run<readonly HotKey[]>(undefined, none, ({ store }) => hottest(store, count, now))
  }

  async vacuum(): Promise<Vacuumed> {
    const unavailable = () => Promise.reject(new DiskUnavailableError(this.name, { cause: undefined }))
    return this.#run<Vacuumed>(undefined, unavailable, async ({ store, indexPath }) => {
      const bytesBefore = await lengthOfIndex(indexPath)
      await store.commits.vacuum()
      return { bytesBefore, bytesAfter: await lengthOfIndex(indexPath) }
    })
  }

  async reconciled(): Promise<Reconciled> {
    const nothingYet = () => ({ orphans: 0, missing: 0 })
    return this.#run<Reconciled>(undefined, nothingYet, open => open.reconciled)
  }

  stats(): DiskStats {
    const { hits, misses, sets, deletes, evictions, rejected, failures, ...own } = this.#counts
    const store = this.#opening.current?.store
    return {
      entries: store?.index.size,
      bytes: store?.index.heldBytes,
      ...{ hits, misses, sets, deletes, evictions, rejected, failures },
      ...own,
      state: this.#opening.state,
      writtenBytes: this.#counts.writtenBytes,
      indexBytes: (store?.index.size ?? 0) * bytesPerEntry,
      compression: this.#settings.envelope.stats(),
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending)
    await this.#opening.current?.store.writes.ended()
    await this.#opening.close()
  }

  #ready(): OpenStore | undefined {
    const open = this.#opening.current
    if (open && !this.#owed.isEmpty) this.#owed.settle(open)
    return open
  }

  /** Opens the directory if need be, and does the task, or `off` while the disk cannot be used. */
  #run<R>(
    signal: AbortSignal | undefined,
    off: () => Awaitable<R>,
    task: (open: OpenStore) => Awaitable<R>,
  ): Awaitable<R> {
    if (this.#closing) throw new ClosedError(`tier "${this.name}"`)
    signal?.throwIfAborted()
    const open = this.#ready()
    const work = open
      ? task(open)
      : this.#opening.open().then(() => {
          const opened = this.#ready()
          return opened ? task(opened) : off()
        })
    return isThenable(work) ? abortable(this.#track(work), signal) : work
  }

  /** Keeps `close` waiting for it, and counts its failure. */
  #track<R>(work: PromiseLike<R>): Promise<R> {
    const promise = Promise.resolve(work)
    const done = promise
      .catch(() => {
        this.#counts.failures += 1
      })
      .finally(() => this.#pending.delete(done))
    this.#pending.add(done)
    return promise
  }

  #read(open: OpenStore, key: string): Awaitable<Entry<T> | undefined> {
    return this.#reader.read(open, key, nameOf(key))
  }

  /** It holds here; what cannot be committed now is by the probe, unless the caller asked for more than that. */
  async #committed(committing: Promise<void>): Promise<void> {
    try {
      await committing
    } catch (cause) {
      if (this.#settings.durability !== 'none') throw new DiskUnavailableError(this.name, { cause })
    }
  }

  #missed(count: number): undefined {
    this.#counts.misses += count
    return undefined
  }

  #notStored(keys: readonly string[]): void {
    this.#owe(() => this.#owed.remove(keys, 'delete'))
    this.#counts.failures += keys.length
  }

  /** It holds here as soon as the directory opens: a kill before that forgets it. */
  #owe(owe: () => void): void {
    owe()
    if (this.#settings.durability !== 'none') throw new DiskUnavailableError(this.name, { cause: undefined })
  }
}

const none = () => []

async function lengthOfIndex(path: string): Promise<number> {
  const lengths = [path, `${path}-wal`].map(
    async part => (await stat(part).catch(() => undefined))?.size ?? 0,
  )
  return (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0)
}

/** Fewer than may wait for the disk. */
const tasksAtOnce = 256

/** Some at a time. Rejects with the first failure, and only once nothing is under way. */
async function settleAll(tasks: readonly (() => Awaitable<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (let at = 0; at < tasks.length; at += tasksAtOnce) {
    const results = await Promise.allSettled(tasks.slice(at, at + tasksAtOnce).map(async task => task()))
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason)
  }
  if (failures.length > 0) throw failures[0]
}
