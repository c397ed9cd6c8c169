import {
  type Clock,
  ClosedError,
  checkClock,
  checkInteger,
  checkKey,
  checkOptions,
  checkText,
  contractOf,
  type Entry,
  freshness,
  markInvalidated,
  parseDuration,
  shortenLife,
  systemClock,
  type Tier,
  type TierStats,
} from '@greenlang/core'
import type { MemoryTierOptions } from './options.ts'
import { RecencyList } from './recency-list.ts'

/**
 * Entries in the memory of this process, the least recently used making room for new ones. Synchronous: what another
 * tier answers by a rejected promise, it throws. Values are kept by reference: treat them as frozen.
 */
export interface MemoryTier<T = unknown> extends Tier<T> {
  readonly scope: 'process'
  /**
   * The value under `key` if it is fresh, else `undefined`: the shortest way to a hit. A negative entry, which has no
   * value, is a miss here; `get` returns it.
   */
  value(key: string): T | undefined
  get(key: string): Entry<T> | undefined
  getMany(keys: readonly string[]): ReadonlyMap<string, Entry<T>>
  set(key: string, entry: Entry<T>): void
  setMany(entries: ReadonlyMap<string, Entry<T>>): void
  deleteMany(keys: readonly string[]): void
  invalidateMany(keys: readonly string[]): void
  clear(): void
  close(): void
}

/** @throws InvalidOptionError for an option that is missing, unknown or out of range. */
export function memoryTier<T = unknown>(options: MemoryTierOptions): MemoryTier<T> {
  return new LruTier(options)
}

/** Beyond it a `Map` of V8 under churn fails: it holds 2^24 places, and removed keys take theirs until a rehash. */
const mostEntries = 2 ** 23

const contract = contractOf('@greenlang/cache-l1')

/** `#slots` finds the slot of a key; `#keys` and `#entries` are indexed by slot; `#recency` orders the slots. */
class LruTier<T> implements MemoryTier<T> {
  readonly name: string
  readonly scope = 'process'
  readonly contract = contract
  readonly guarded = true
  readonly #maxEntries: number
  readonly #maxTtlMs: number
  readonly #clock: Clock
  readonly #slots = new Map<string, number>()
  readonly #recency: RecencyList
  #keys: (string | undefined)[] = []
  #entries: (Entry<T> | undefined)[] = []
  #closed = false
  #hits = 0
  #misses = 0
  #sets = 0
  #deletes = 0
  #evictions = 0

  constructor(options: MemoryTierOptions) {
    checkOptions('memoryTier', options, ['maxEntries', 'name', 'maxTtl', 'clock'])
    const { maxEntries, name = 'memory', maxTtl = Number.POSITIVE_INFINITY, clock = systemClock } = options
    this.#maxEntries = checkInteger('maxEntries', maxEntries, 1, mostEntries)
    this.name = checkText('name', name)
    this.#maxTtlMs = parseDuration('maxTtl', maxTtl)
    this.#clock = checkClock('clock', clock)
    this.#recency = new RecencyList(this.#maxEntries)
  }

  value(key: string): T | undefined {
    this.#check(key)
    const now = this.#clock.turn()
    const entry = this.#use(key, now)
    if (entry !== undefined && !entry.negative && freshness(entry, now) === 'fresh') {
      this.#hits += 1
      return entry.value
    }
    this.#misses += 1
    return undefined
  }

  get(key: string): Entry<T> | undefined {
    this.#check(key)
    const entry = this.#use(key, this.#clock.turn())
    if (entry === undefined) this.#misses += 1
    else this.#hits += 1
    return entry
  }

  getMany(keys: readonly string[]): ReadonlyMap<string, Entry<T>> {
    this.#checkAll(keys)
    const found = new Map<string, Entry<T>>()
    for (const key of keys) {
      const entry = this.get(key)
      if (entry !== undefined) found.set(key, entry)
    }
    return found
  }

  set(key: string, entry: Entry<T>): void {
    this.#check(key)
    this.#sets += 1
    const now = this.#clock.turn()
    const slot = this.#slots.get(key)
    if (entry.expiresAt <= now) {
      if (slot !== undefined) this.#remove(key, slot)
      return
    }
    const kept = shortenLife(entry, this.#maxTtlMs, now)
    if (slot === undefined) this.#insert(key, kept)
    else {
      this.#entries[slot] = kept
      this.#recency.touch(slot)
    }
  }

  setMany(entries: ReadonlyMap<string, Entry<T>>): void {
    this.#checkAll(entries.keys())
    for (const [key, entry] of entries) this.set(key, entry)
  }

  deleteMany(keys: readonly string[]): void {
    this.#checkAll(keys)
    for (const key of keys) {
      const slot = this.#slots.get(key)
      if (slot === undefined) continue
      this.#remove(key, slot)
      this.#deletes += 1
    }
  }

  invalidateMany(keys: readonly string[]): void {
    this.#checkAll(keys)
    for (const key of keys) {
      const slot = this.#slots.get(key)
      const entry = slot === undefined ? undefined : this.#entries[slot]
      if (slot !== undefined && entry !== undefined) this.#entries[slot] = markInvalidated(entry)
    }
  }

  clear(): void {
    this.#checkOpen()
    this.#drop()
  }

  stats(): TierStats {
    return {
      entries: this.#slots.size,
      bytes: undefined,
      hits: this.#hits,
      misses: this.#misses,
      sets: this.#sets,
      deletes: this.#deletes,
      evictions: this.#evictions,
      rejected: 0,
      failures: 0,
    }
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** The live entry under `key`, now the most recently used; one found expired goes. */
  #use(key: string, now: number): Entry<T> | undefined {
    const slot = this.#slots.get(key)
    const entry = slot === undefined ? undefined : this.#entries[slot]
    if (slot === undefined || entry === undefined) return undefined
    if (entry.expiresAt <= now) {
      this.#remove(key, slot)
      return undefined
    }
    this.#recency.touch(slot)
    return entry
  }

  #insert(key: string, entry: Entry<T>): void {
    if (this.#slots.size === this.#maxEntries) this.#evict()
    const slot = this.#recency.add()
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.#entries[slot] = entry
  }

  #evict(): void {
    const slot = this.#recency.oldest
    const key = this.#keys[slot]
    if (key === undefined) return
    this.#remove(key, slot)
    this.#evictions += 1
  }

  #remove(key: string, slot: number): void {
    this.#slots.delete(key)
    this.#keys[slot] = undefined
    this.#entries[slot] = undefined
    this.#recency.remove(slot)
  }

  #drop(): void {
    this.#slots.clear()
    this.#recency.clear()
    this.#keys = []
    this.#entries = []
  }

  #checkAll(keys: Iterable<string>): void {
    this.#checkOpen()
    for (const key of keys) checkKey(key)
  }

  #check(key: string): void {
    if (this.#closed) this.#checkOpen()
    if (typeof key !== 'string') checkKey(key)
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`tier "${this.name}"`)
  }
}
