import { createHash } from 'node:crypto'
import { decodeEntry, encodeEntry, encodeText } from '@greenlang/codec'
import {
  ClosedError,
  checkKey,
  contractOf,
  type Entry,
  shortenLife,
  type Tier,
  type TierStats,
} from '@greenlang/core'
import { abortable } from './abortable.ts'
import type { Slot } from './entry-index.ts'
import type { EntryStore } from './entry-store.ts'
import { openStore } from './open-store.ts'
import { type DiskOptions, type DiskSettings, parseDiskOptions } from './options.ts'

/**
 * A tier that keeps entries in files below `directory`, within `maxBytes`, over restarts of the process. The directory is
 * opened by the first call, which rejects with `DirectoryInUseError`, `UnsafeDirectoryError`, `MissingBindingError` or
 * the error of the file system if that fails; a later call tries again.
 * @throws InvalidOptionError
 */
export function diskTier<T = unknown>(options: DiskOptions): Tier<T> {
  return new DiskTier<T>(parseDiskOptions(options))
}

class DiskTier<T> implements Tier<T> {
  readonly name: string
  readonly scope = 'process'
  readonly contract = contractOf('@greenlang/cache-disk')
  readonly guarded = false
  readonly #settings: DiskSettings
  readonly #pending = new Set<Promise<unknown>>()
  readonly #counts = { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, rejected: 0, failures: 0 }
  #opening: Promise<EntryStore> | undefined
  #store: EntryStore | undefined
  #closing: Promise<void> | undefined

  constructor(settings: DiskSettings) {
    this.name = settings.name
    this.#settings = settings
  }

  async get(key: string, signal?: AbortSignal): Promise<Entry<T> | undefined> {
    checkKey(key)
    return this.#run(signal, store => this.#read(store, key))
  }

  async getMany(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Entry<T>>> {
    keys.forEach(checkKey)
    return this.#run(signal, async store => {
      const found = await settleAll(keys.map(async key => [key, await this.#read(store, key)] as const))
      return new Map(found.filter((pair): pair is readonly [string, Entry<T>] => pair[1] !== undefined))
    })
  }

  async set(key: string, entry: Entry<T>, signal?: AbortSignal): Promise<void> {
    checkKey(key)
    const write = this.#encode(key, entry)
    return this.#run(signal, write)
  }

  async setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Promise<void> {
    for (const key of entries.keys()) checkKey(key)
    const writes = [...entries].map(([key, entry]) => this.#encode(key, entry))
    await this.#run(signal, store => settleAll(writes.map(write => write(store))))
  }

  async deleteMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    keys.forEach(checkKey)
    await this.#run(signal, store =>
      settleAll(
        keys.map(async key => {
          if (await store.remove(nameOf(key))) this.#counts.deletes += 1
        }),
      ),
    )
  }

  async invalidateMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    keys.forEach(checkKey)
    await this.#run(signal, store =>
      settleAll(
        keys.map(async key => {
          if (!(await store.invalidate(nameOf(key)))) this.#counts.rejected += 1
        }),
      ),
    )
  }

  async clear(signal?: AbortSignal): Promise<void> {
    return this.#run(signal, store => store.clear())
  }

  stats(): TierStats {
    const index = this.#store?.index
    return { entries: index?.size, bytes: index?.heldBytes, ...this.#counts }
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
    const store = this.#store
    this.#store = undefined
    await store?.close()
  }

  /** Opens the directory if need be, does the task, and counts it if it fails. */
  #run<R>(signal: AbortSignal | undefined, task: (store: EntryStore) => Promise<R>): Promise<R> {
    if (this.#closing) throw new ClosedError(`tier "${this.name}"`)
    signal?.throwIfAborted()
    const work = this.#open().then(task)
    this.#track(work)
    return abortable(work, signal)
  }

  /** Keeps `close` waiting for it, and counts its failure. */
  #track(work: Promise<unknown>): void {
    const done = work
      .catch(() => {
        this.#counts.failures += 1
      })
      .finally(() => this.#pending.delete(done))
    this.#pending.add(done)
  }

  #open(): Promise<EntryStore> {
    this.#opening ??= this.#openStore()
    return this.#opening
  }

  async #openStore(): Promise<EntryStore> {
    try {
      this.#store = await openStore(this.#settings, {
        onEvict: count => {
          this.#counts.evictions += count
        },
        onFailure: () => {
          this.#counts.failures += 1
        },
      })
      return this.#store
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #read(store: EntryStore, key: string): Promise<Entry<T> | undefined> {
    const name = nameOf(key)
    const slot = store.index.get(name)
    const entry = slot && !this.#isOver(slot) ? await this.#readFile(store, key, { name, slot }) : undefined
    if (slot && this.#isOver(slot)) this.#track(store.remove(name, slot))
    if (!entry || this.#isOver(entry)) {
      this.#counts.misses += 1
      return undefined
    }
    this.#counts.hits += 1
    return entry
  }

  async #readFile(
    store: EntryStore,
    key: string,
    { name, slot }: { name: string; slot: Slot },
  ): Promise<Entry<T> | undefined> {
    const bytes = await store.files.read(name, slot.size)
    const decoded = bytes && decodeEntry<T>(key, bytes, this.#settings.codec)
    if (decoded?.kind === 'entry') {
      store.touch(name, slot)
      return decoded.entry
    }
    // Replaced or removed since: what was read is nobody's fault.
    if (store.index.get(name) !== slot) return undefined
    this.#counts.rejected += 1
    this.#track(store.remove(name, slot))
    return undefined
  }

  /** Encodes at once, so that a later change of the value is not stored. What fails or is not stored removes the old. */
  #encode(key: string, entry: Entry<T>): (store: EntryStore) => Promise<void> {
    const { clock, codec, maxTtlMs } = this.#settings
    const now = clock.turn()
    const name = nameOf(key)
    if (now >= entry.expiresAt) return store => this.#drop(store, name)
    const kept = shortenLife(entry, maxTtlMs, now)
    const encoded = attempt(() => encodeEntry(key, kept, codec))
    return async store => {
      if (!encoded.ok) {
        await this.#drop(store, name)
        throw encoded.error
      }
      if (!store.fits(encoded.value.byteLength)) {
        this.#counts.evictions += 1
        return this.#drop(store, name)
      }
      await store.write(name, encoded.value, kept.expiresAt)
      this.#counts.sets += 1
    }
  }

  async #drop(store: EntryStore, name: string): Promise<void> {
    await store.remove(name)
  }

  #isOver({ expiresAt }: { readonly expiresAt: number }): boolean {
    return this.#settings.clock.turn() >= expiresAt
  }
}

/** The name of a key's file: nothing of the key is in a path, and no two keys share one. */
function nameOf(key: string): string {
  return createHash('sha256').update(encodeText(key)).digest('hex')
}

/** As `Promise.all`, but nothing is still under way when it rejects. */
async function settleAll<R>(promises: readonly Promise<R>[]): Promise<R[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

type Attempt<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown }

function attempt<R>(action: () => R): Attempt<R> {
  try {
    return { ok: true, value: action() }
  } catch (error) {
    return { ok: false, error }
  }
}
