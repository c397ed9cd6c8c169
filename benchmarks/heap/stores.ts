/** What is filled: each store is made with its bound and gets keys and values one by one. */
import { createEntry } from '@greenlang/core'
import { LRUCache } from 'lru-cache'
import QuickLRU from 'quick-lru'
import { lru } from 'tiny-lru'
import { defaultEviction, evictions, tierWith } from '../eviction.ts'

export interface Store {
  set(key: string, value: object, index: number): void
  /** Entries in it. */
  size(): number
}

/** Makes a store with room for `entries`. */
export type StoreMaker = (entries: number) => Store

const ttl = 300_000
const endless = Number.POSITIVE_INFINITY
/** A bound that is counted and never reached. */
const manyBytes = 2 ** 34

const byPut =
  (eviction: string, options: { readonly ttl: number; readonly maxBytes?: number }): StoreMaker =>
  maxEntries => {
    const tier = tierWith<object>(eviction, { maxEntries, ...options })
    return { set: (key, value) => tier.put(key, value), size: () => tier.stats().entries ?? 0 }
  }

/** As code sets that is written for any tier behind an invalidation bus: stamped, and with the time it was checked. */
const byEntry =
  (options: {
    readonly maxBytes?: number
    readonly checked?: boolean
    readonly tags?: boolean
  }): StoreMaker =>
  maxEntries => {
    const { maxBytes, checked = false, tags: areTagged = false } = options
    const tier = tierWith<object>(defaultEviction, { maxEntries, ...(maxBytes && { maxBytes }) })
    return {
      size: () => tier.stats().entries ?? 0,
      set(key, value, index) {
        const stamp = { history: 'a-history-of-the-bus', sequence: index }
        const tags = areTagged ? [tagNames[index % tagNames.length] as string] : []
        const entry = createEntry(value, { ttl, tags }, { stamp })
        tier.set(key, checked ? { ...entry, checkedAt: entry.createdAt } : entry)
      },
    }
  }

const tagNames = Array.from({ length: 100 }, (_, number) => `tenant:${number}`)

const ofMap: StoreMaker = () => {
  const map = new Map<string, object>()
  return { set: (key, value) => map.set(key, value), size: () => map.size }
}

const ofLruCache =
  (options: { readonly ttl?: number }): StoreMaker =>
  max => {
    const cache = new LRUCache<string, object>({ max, ...options })
    return { set: (key, value) => cache.set(key, value), size: () => cache.size }
  }

const ofTinyLru =
  (ttlMs: number): StoreMaker =>
  max => {
    const cache = lru<object>(max, ttlMs)
    return { set: (key, value) => cache.set(key, value), size: () => cache.size }
  }

const ofQuickLru =
  (options: { readonly maxAge?: number }): StoreMaker =>
  maxSize => {
    const cache = new QuickLRU<string, object>({ maxSize, ...options })
    return { set: (key, value) => cache.set(key, value), size: () => cache.size }
  }

const evictionStores = evictions
  .filter(name => name !== defaultEviction)
  .map(name => [`${name}, ttl`, byPut(name, { ttl })] as const)

export const entryStores: ReadonlyMap<string, StoreMaker> = new Map([
  ['Map', ofMap],
  ['default, no ttl', byPut(defaultEviction, { ttl: endless })],
  ['default, ttl', byPut(defaultEviction, { ttl })],
  ['default, ttl, bytes', byPut(defaultEviction, { ttl, maxBytes: manyBytes })],
  ['default, ttl, bytes, stamp', byEntry({ maxBytes: manyBytes })],
  ['default, ttl, bytes, stamp, checkedAt', byEntry({ maxBytes: manyBytes, checked: true })],
  [
    'default, ttl, bytes, stamp, checkedAt, a tag',
    byEntry({ maxBytes: manyBytes, checked: true, tags: true }),
  ],
  ...evictionStores,
  ['lru-cache, no ttl', ofLruCache({})],
  ['lru-cache, ttl', ofLruCache({ ttl })],
  ['tiny-lru, no ttl', ofTinyLru(0)],
  ['tiny-lru, ttl', ofTinyLru(ttl)],
  ['quick-lru, no ttl', ofQuickLru({})],
  ['quick-lru, ttl', ofQuickLru({ maxAge: ttl })],
])

/** Bounded by bytes; values of any kind. */
export interface ByteStore {
  set(key: string, value: NonNullable<unknown>): void
  size(): number
}

export const byteStores: ReadonlyMap<string, (maxBytes: number) => ByteStore> = new Map([
  ['default, maxBytes', ofTierBytes],
  ['lru-cache, length of JSON', ofLruCacheBytes],
])

function ofTierBytes(maxBytes: number): ByteStore {
  const tier = tierWith<NonNullable<unknown>>(defaultEviction, { maxBytes })
  return { set: (key, value) => tier.put(key, value), size: () => tier.stats().entries ?? 0 }
}

/** As its users do who know nothing better; a Buffer by its bytes. */
function ofLruCacheBytes(maxSize: number): ByteStore {
  const cache = new LRUCache<string, NonNullable<unknown>>({
    maxSize,
    sizeCalculation: value => (Buffer.isBuffer(value) ? value.length : JSON.stringify(value).length),
  })
  return { set: (key, value) => cache.set(key, value), size: () => cache.size }
}
