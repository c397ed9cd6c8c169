/** The rivals, with the options their documentation gives for a bounded cache; nothing tuned, `ttlResolution` as it comes. */
import { LRUCache } from 'lru-cache'
import QuickLRU from 'quick-lru'
import { lru } from 'tiny-lru'
import { type Cache, JoinedView, type Maker, type View } from './cache.ts'

const isEndless = (ttlMs: number) => ttlMs === Number.POSITIVE_INFINITY

export const lruCacheMaker: Maker = ({ capacity: max, ttlMs }) =>
  new RivalCache(new LRUCache<string, object>(isEndless(ttlMs) ? { max } : { max, ttl: ttlMs }))

export const tinyLruMaker: Maker = ({ capacity, ttlMs }) =>
  new RivalCache(lru<object>(capacity, isEndless(ttlMs) ? 0 : ttlMs))

/** It holds up to twice `maxSize`: more room than all others have. */
export const quickLruMaker: Maker = ({ capacity: maxSize, ttlMs }) =>
  new RivalCache(new QuickLRU<string, object>(isEndless(ttlMs) ? { maxSize } : { maxSize, maxAge: ttlMs }))

interface Rival {
  get(key: string): unknown
  set(key: string, value: object): unknown
  clear(): void
}

/** One class for all costs none of them anything: a process runs one. */
class RivalCache implements Cache {
  readonly #cache: Rival

  constructor(cache: Rival) {
    this.#cache = cache
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
