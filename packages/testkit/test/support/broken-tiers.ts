import { type Clock, type Entry, noStamp, type Tier } from '@greenlang/core'
import { MapTier } from './map-tier.ts'

type Keys = readonly string[]

/** One careless tier for each thing the contract holds, by the test that must find it out. */
export const brokenTiers: Readonly<Record<string, (clock: Clock) => Tier>> = {
  'says who made it and for which contract': clock =>
    Object.assign(new MapTier(clock), { contract: { package: 'someone', version: 99 } }),

  'answers undefined for a key that was never set': clock =>
    new (class extends MapTier {
      override get(key: string) {
        return (super.get(key) ?? null) as unknown as undefined
      }
    })(clock),

  'brings back values as they were, null and false among them': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        if (entry.value) return super.set(key, entry)
      }
    })(clock),

  'brings back dates, tags and stamp exactly': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        super.set(key, { ...entry, createdAt: Math.round(entry.createdAt) })
      }
    })(clock),

  'replaces value, dates, tags and stamp on overwrite': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        super.set(key, { ...entry, tags: this.entries.get(key)?.tags ?? entry.tags })
      }
    })(clock),

  'brings back a negative entry, which has no value, until it expires': clock =>
    new (class extends MapTier {
      override getMany(keys: Keys) {
        const found = super.getMany(keys) as ReadonlyMap<string, Entry>
        return new Map([...found].filter(([, entry]) => entry.value !== undefined))
      }
    })(clock),

  'puts a negative entry in the place of a value, and a value in the place of that': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        const held = this.entries.get(key)
        if (!entry.negative || held === undefined || held.negative) super.set(key, entry)
      }
    })(clock),

  'marks a negative entry on invalidateMany or loses it, and makes no value of it': clock =>
    new (class extends MapTier {
      override invalidateMany(keys: Keys) {
        super.invalidateMany(keys)
        for (const key of keys) {
          const entry = this.entries.get(key)
          if (entry !== undefined) this.entries.set(key, { ...entry, negative: false })
        }
      }
    })(clock),

  'brings back checkedAt as it was, or not at all': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        super.set(key, { ...this.entries.get(key), ...entry })
      }
    })(clock),

  'tells nobody else checkedAt, where it is shared': clock =>
    Object.assign(new MapTier(clock), { scope: 'shared' }),

  'keeps a value of one megabyte': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        if (String(entry.value).length < 1e6) super.set(key, entry)
      }
    })(clock),

  'returns a stale entry until it expires, and never from then on': clock =>
    new (class extends MapTier {
      override live(key: string) {
        const entry = this.entries.get(key)
        return entry !== undefined && entry.expiresAt >= this.clock.now() ? entry : undefined
      }
    })(clock),

  'leaves the key absent after setting an entry already expired': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        if (entry.expiresAt > this.clock.now()) super.set(key, entry)
      }
    })(clock),

  'does not lengthen a life by copying the entry': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        super.set(key, { ...entry, expiresAt: this.clock.now() + (entry.expiresAt - entry.createdAt) })
      }
    })(clock),

  'does not lengthen a life by reading': clock =>
    new (class extends MapTier {
      override get(key: string) {
        const entry = super.get(key) as Entry | undefined
        if (entry !== undefined)
          this.entries.set(key, { ...entry, expiresAt: this.clock.now() + (entry.staleAt - entry.createdAt) })
        return entry
      }
    })(clock),

  'keeps an entry that never expires': clock =>
    new (class extends MapTier {
      override set(key: string, entry: Entry) {
        super.set(key, JSON.parse(JSON.stringify(entry)))
      }
    })(clock),

  'marks entries stale on invalidateMany, readable until they expire': clock =>
    new (class extends MapTier {
      override invalidateMany(keys: Keys) {
        this.deleteMany(keys)
      }
    })(clock),

  'creates nothing by invalidating an absent key': clock =>
    new (class extends MapTier {
      override invalidateMany(keys: Keys) {
        this.check(keys)
        for (const key of keys) {
          const born = { createdAt: 0, staleAt: 0, expiresAt: Number.POSITIVE_INFINITY }
          const stub = { value: 0, tags: [], stamp: noStamp, negative: false, ...born }
          this.entries.set(key, { ...stub, ...this.entries.get(key), invalidated: true })
        }
      }
    })(clock),

  'clears the mark of an invalidation by a later set': clock =>
    new (class extends MapTier {
      markedKeys = new Set<string>()
      override invalidateMany(keys: Keys) {
        super.invalidateMany(keys)
        for (const key of keys) this.markedKeys.add(key)
      }
      override get(key: string) {
        const entry = super.get(key) as Entry | undefined
        return entry && this.markedKeys.has(key) ? { ...entry, invalidated: true } : entry
      }
    })(clock),

  'omits absent and expired keys from getMany': clock =>
    new (class extends MapTier {
      override getMany(keys: Keys) {
        return new Map(keys.map(key => [key, this.get(key) as Entry]))
      }
    })(clock),

  'sets, gets and deletes hundreds of keys at once': clock =>
    new (class extends MapTier {
      override getMany(keys: Keys) {
        return super.getMany(keys.slice(0, 256))
      }
    })(clock),

  'takes empty lists': clock =>
    new (class extends MapTier {
      override deleteMany(keys: Keys) {
        if (keys.length === 0) throw new Error("wrong number of arguments for 'del' command")
        super.deleteMany(keys)
      }
    })(clock),

  'deletes stale, marked and absent keys alike, and no others': clock =>
    new (class extends MapTier {
      override deleteMany(keys: Keys) {
        super.deleteMany(keys.filter(key => (this.entries.get(key)?.staleAt ?? 0) > this.clock.now()))
      }
    })(clock),

  'is empty after clear, and usable': clock =>
    new (class extends MapTier {
      override clear() {
        this.check([])
        this.entries = Object.freeze(new Map())
        this.set = () => {}
      }
    })(clock),

  'keeps odd and near-identical keys apart': clock =>
    new (class extends MapTier {
      override get(key: string) {
        return super.get(key.normalize())
      }
      override set(key: string, entry: Entry) {
        super.set(key.normalize(), entry)
      }
    })(clock),

  'deletes and invalidates no other key': clock =>
    new (class extends MapTier {
      override deleteMany(keys: Keys) {
        const prefixes = keys.filter(key => key.endsWith('*')).map(key => key.slice(0, -1))
        const matched = [...this.entries.keys()].filter(key =>
          prefixes.some(prefix => key.startsWith(prefix)),
        )
        super.deleteMany([...keys, ...matched])
      }
    })(clock),

  'never answers one broken unicode key with the entry of another': clock =>
    new (class extends MapTier {
      override get(key: string) {
        return super.get(String(Buffer.from(key)))
      }
      override set(key: string, entry: Entry) {
        super.set(String(Buffer.from(key)), entry)
      }
    })(clock),

  'refuses keys that are not strings': clock =>
    new (class extends MapTier {
      override check(keys: Keys) {
        super.check(keys.map(key => String(key)))
      }
    })(clock),

  'never tears a value between overlapping sets and gets': clock =>
    new (class extends MapTier {
      override async set(key: string, entry: Entry) {
        const old = this.entries.get(key)
        super.set(key, { ...entry, value: old?.value })
        await null
        super.set(key, entry)
      }
    })(clock),

  'lets a delete win over the set issued before it': clock =>
    new (class extends MapTier {
      override async set(key: string, entry: Entry) {
        await null
        super.set(key, entry)
      }
    })(clock),

  'lets a set win over the delete issued before it': clock =>
    new (class extends MapTier {
      override async deleteMany(keys: Keys) {
        await null
        super.deleteMany(keys)
      }
    })(clock),

  'rejects with the reason of a signal that has aborted, and does nothing': clock =>
    new (class extends MapTier {
      override async get(key: string) {
        return super.get(key)
      }
    })(clock),

  'counts each key looked up as one hit or one miss': clock =>
    new (class extends MapTier {
      override getMany(keys: Keys) {
        const { ...before } = this.counters
        const found = super.getMany(keys)
        this.counters = { ...before, hits: before.hits + 1 }
        return found
      }
    })(clock),

  'counts what it stores and what it deletes': clock =>
    new (class extends MapTier {
      override deleteMany(keys: Keys) {
        super.deleteMany(keys)
        this.counters.deletes += 1
      }
    })(clock),

  'never counts down, clear included': clock =>
    new (class extends MapTier {
      override clear() {
        super.clear()
        this.counters = { hits: 0, misses: 0, sets: 0, deletes: 0 }
      }
    })(clock),

  'fails every call after close with ClosedError': clock =>
    new (class extends MapTier {
      override invalidateMany(keys: Keys) {
        if (!this.closed) super.invalidateMany(keys)
      }
    })(clock),

  'closes as often as it is asked, also by asynchronous disposal': clock =>
    new (class extends MapTier {
      override close() {
        this.check([])
        super.close()
      }
    })(clock),

  'closes by asynchronous disposal': clock =>
    new (class extends MapTier {
      override async [Symbol.asyncDispose]() {}
    })(clock),

  'settles what was pending when it closes': clock =>
    new (class extends MapTier {
      override async get(key: string) {
        const entry = super.get(key)
        await null
        return this.closed ? await new Promise<undefined>(() => {}) : entry
      }
    })(clock),
}
