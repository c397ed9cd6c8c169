import {
  type Clock,
  ClosedError,
  checkKey,
  contractOf,
  type Entry,
  markInvalidated,
  systemClock,
  type Tier,
} from '@greenlang/core'

interface MapTierOptions {
  name?: string
  scope?: 'process' | 'shared'
  clock?: Clock
}

/** The smallest tier that keeps the contract: a synchronous one to be guarded. */
export function mapTier({ name = 'map', scope = 'process', clock = systemClock }: MapTierOptions = {}): Tier {
  const entries = new Map<string, Entry>()
  const counts = { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, rejected: 0, failures: 0 }
  let closed = false
  const open = () => {
    if (closed) throw new ClosedError(`tier "${name}"`)
    return entries
  }
  const tier: Tier = {
    name,
    scope,
    guarded: true,
    contract: contractOf('@greenlang/resilience'),
    get(key) {
      const entry = open().get(checkKey(key))
      const found = entry && entry.expiresAt > clock.now() ? entry : undefined
      counts[found ? 'hits' : 'misses'] += 1
      return found
    },
    getMany(keys) {
      const found = new Map<string, Entry>()
      for (const key of new Set(keys)) {
        const entry = tier.get(key) as Entry | undefined
        if (entry) found.set(key, entry)
      }
      return found
    },
    set(key, entry) {
      if (entry.expiresAt > clock.now()) open().set(checkKey(key), entry)
      else open().delete(checkKey(key))
      counts.sets += 1
    },
    setMany(batch) {
      for (const [key, entry] of batch) tier.set(key, entry)
    },
    deleteMany(keys) {
      for (const key of keys) if (open().delete(checkKey(key))) counts.deletes += 1
      open()
    },
    invalidateMany(keys) {
      for (const key of keys) {
        const entry = open().get(checkKey(key))
        if (entry) entries.set(key, markInvalidated(entry))
      }
    },
    clear: () => open().clear(),
    stats: () => ({ entries: entries.size, bytes: undefined, ...counts }),
    close() {
      closed = true
    },
    async [Symbol.asyncDispose]() {
      closed = true
    },
  }
  return tier
}
