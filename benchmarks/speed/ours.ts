/** The memory tier, through its public API. */
import type { MemoryTier } from '@greenlang/cache-l1'
import { createEntry } from '@greenlang/core'
import { tierWith } from '../eviction.ts'
import { type Cache, type CacheOptions, type Maker, namespace, type View } from './cache.ts'

/** Values by `put`. */
export const tierMaker =
  (eviction: string): Maker =>
  options =>
    new TierCache(eviction, options)

/** Values by `set`, an entry made for each by `createEntry`, as code does that is written for any tier. */
export const entryTierMaker =
  (eviction: string): Maker =>
  options =>
    new EntryTierCache(eviction, options)

class TierCache implements Cache {
  readonly #tier: MemoryTier

  constructor(eviction: string, { capacity, ttlMs }: CacheOptions) {
    this.#tier = tierWith(eviction, { maxEntries: capacity, ttl: ttlMs })
  }

  get(key: string): unknown {
    return this.#tier.value(key)
  }

  set(key: string, value: object): void {
    this.#tier.put(key, value)
  }

  open(): View {
    return new NamespaceView(this.#tier.namespace(namespace))
  }

  close(): void {
    this.#tier.close()
  }
}

class NamespaceView implements View {
  readonly #view: MemoryTier

  constructor(view: MemoryTier) {
    this.#view = view
  }

  get(id: string): unknown {
    return this.#view.value(id)
  }

  set(id: string, value: object): void {
    this.#view.put(id, value)
  }
}

class EntryTierCache implements Cache {
  readonly #tier: MemoryTier
  readonly #options: { readonly ttl: number }

  constructor(eviction: string, { capacity, ttlMs }: CacheOptions) {
    this.#tier = tierWith(eviction, { maxEntries: capacity })
    this.#options = { ttl: ttlMs }
  }

  get(key: string): unknown {
    return this.#tier.value(key)
  }

  set(key: string, value: object): void {
    this.#tier.set(key, createEntry(value, this.#options))
  }

  close(): void {
    this.#tier.close()
  }
}
