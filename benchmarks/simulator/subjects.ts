/** The caches that run online: ours with each eviction, and the rivals. */
import { SieveCache } from '@neophi/sieve-cache'
import { LRUCache } from 'lru-cache'
import { newCache } from 'transitory'
import { evictions, tierWith } from '../eviction.ts'

/** A cache under test with room for `capacity` entries. */
export interface Runner {
  /** Whether `key` was there; if not, it was offered. */
  request(key: string): boolean
  close(): void
}

export interface Subject {
  readonly name: string
  readonly isOurs: boolean
  create(capacity: number): Runner
}

/** Recency alone: what all others are compared with. */
export const baseline = 'lru-cache'

export function allSubjects(): readonly Subject[] {
  const ours = evictions.map(name => ({
    name,
    isOurs: true,
    create: (capacity: number) => tierRunner(name, capacity),
  }))
  return [...ours, ...rivals]
}

/**
 * The run measures who stays, and nothing else. Lives are endless, so that no clock matters; all entries are of one life and
 * size, and `ttl` and `size` fall back on how they break a tie.
 */
function tierRunner(eviction: string, maxEntries: number): Runner {
  const tier = tierWith<boolean>(eviction, { maxEntries, ttl: Number.POSITIVE_INFINITY })
  return {
    request(key) {
      if (tier.value(key) !== undefined) return true
      tier.put(key, true)
      return false
    },
    close: () => tier.close(),
  }
}

const rivals: readonly Subject[] = [
  { name: baseline, isOurs: false, create: max => runnerOf(new LRUCache({ max })) },
  { name: '@neophi/sieve-cache', isOurs: false, create: capacity => runnerOf(new SieveCache(capacity)) },
  { name: 'transitory', isOurs: false, create: transitoryRunner },
]

interface PlainCache {
  get(key: string): boolean | undefined
  set(key: string, value: boolean): unknown
  clear(): void
}

function runnerOf(cache: PlainCache): Runner {
  return {
    request(key) {
      if (cache.get(key) !== undefined) return true
      cache.set(key, true)
      return false
    },
    close: () => cache.clear(),
  }
}

/**
 * W-TinyLFU that lets in 1 % more than its size, at least 5, before it evicts them together; it does worse if it must evict
 * one by one. So its size is set lower by that much; a small one, for which that is too much, is told to clean up.
 */
function transitoryRunner(capacity: number): Runner {
  const slack = Math.max(Math.floor(capacity * transitorySlack), 5)
  const isSmall = slack > capacity * mostSlack
  const cache = newCache<string, boolean>()
    .maxSize(isSmall ? capacity : capacity - slack)
    .build()
  return {
    request(key) {
      if (cache.getIfPresent(key) !== null) return true
      cache.set(key, true)
      if (isSmall && cache.size > capacity) cache.cleanUp()
      return false
    },
    close: () => cache.clear(),
  }
}

const transitorySlack = 0.01
const mostSlack = 0.05
