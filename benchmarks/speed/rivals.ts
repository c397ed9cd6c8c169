/** The rivals, with the options their documentation gives for a bounded cache; nothing tuned, `ttlResolution` as it comes. */
import { LRUCache } from 'lru-cache'
import QuickLRU from 'quick-lru'
import { type LRU, lru } from 'tiny-lru'
import { type Cache, type CacheOptions, JoinedView, type Maker, type View } from './cache.ts'

export const lruCacheMaker: Maker = options => new LruCacheCache(options)
export const tinyLruMaker: Maker = options => new TinyLruCache(options)
export const quickLruMaker: Maker = options => new QuickLruCache(options)

class LruCacheCache implements Cache {
  readonly #cache: LRUCache<string, object>

  constructor({ capacity: max, ttlMs }: CacheOptions) {
    this.#cache = new LRUCache(ttlMs === Number.POSITIVE_INFINITY ? { max } : { max, ttl: ttlMs })
  }

  get(key: string): unknown {
    return this.#cache.get(key)
  }

  open(): View {
    return new JoinedView(this)
  }

  set(key: string, value: object): void {
    this.#cache.set(key, value)
  }

  close(): void {
    this.#cache.clear()
  }
}

class TinyLruCache implements Cache {
  readonly #cache: LRU<object>

  constructor({ capacity, ttlMs }: CacheOptions) {
    this.#cache = lru(capacity, ttlMs === Number.POSITIVE_INFINITY ? 0 : ttlMs)
  }

  get(key: string): unknown {
    return this.#cache.get(key)
  }

  open(): View {
    return new JoinedView(this)
  }

  set(key: string, value: object): void {
    this.#cache.set(key, value)
  }

  close(): void {
    this.#cache.clear()
  }
}

/** It holds up to twice `maxSize`: more room than all others have. */
class QuickLruCache implements Cache {
  readonly #cache: QuickLRU<string, object>

  constructor({ capacity: maxSize, ttlMs }: CacheOptions) {
    this.#cache = new QuickLRU(ttlMs === Number.POSITIVE_INFINITY ? { maxSize } : { maxSize, maxAge: ttlMs })
  }

  get(key: string): unknown {
    return this.#cache.get(key)
  }

  open(): View {
    return new JoinedView(this)
  }

  set(key: string, value: object): void {
    this.#cache.set(key, value)
  }

  close(): void {
    this.#cache.clear()
  }
}
