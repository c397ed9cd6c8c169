import {
  type Clock,
  ClosedError,
  checkKey,
  contractOf,
  type Entry,
  markInvalidated,
  systemClock,
  type Tier,
  type TierStats,
} from '@greenlang/core'

export interface MapTierOptions {
  readonly name?: string
  readonly scope?: Tier['scope']
  readonly clock?: Clock
}

/** The least that is a tier: a Map, synchronous, by reference. */
export function mapTier(options: MapTierOptions = {}): MapTier {
  return new MapTier(options)
}

export class MapTier implements Tier {
  readonly contract = contractOf('map-tier')
  readonly guarded = true
  readonly name: string
  readonly scope: Tier['scope']
  readonly entries = new Map<string, Entry>()
  readonly counts = { hits: 0, misses: 0, sets: 0, deletes: 0 }
  readonly #clock: Clock
  closed = false

  constructor({ name = 'map', scope = 'process', clock = systemClock }: MapTierOptions) {
    this.name = name
    this.scope = scope
    this.#clock = clock
  }

  get(key: string): Entry | undefined {
    this.#assertOpen()
    const entry = this.entries.get(checkKey(key))
    const alive = entry !== undefined && this.#clock.turn() < entry.expiresAt
    this.counts[alive ? 'hits' : 'misses'] += 1
    return alive ? entry : undefined
  }

  getMany(keys: readonly string[]): ReadonlyMap<string, Entry> {
    this.#assertOpen()
    const found = keys.map(key => [key, this.get(key)] as const)
    return new Map(found.filter((pair): pair is readonly [string, Entry] => pair[1] !== undefined))
  }

  set(key: string, entry: Entry): void {
    this.#assertOpen()
    checkKey(key)
    this.counts.sets += 1
    if (this.#clock.turn() < entry.expiresAt) this.entries.set(key, entry)
    else this.entries.delete(key)
  }

  setMany(entries: ReadonlyMap<string, Entry>): void {
    this.#assertOpen()
    for (const [key, entry] of entries) this.set(key, entry)
  }

  deleteMany(keys: readonly string[]): void {
    this.#assertOpen()
    for (const key of keys) if (this.entries.delete(checkKey(key))) this.counts.deletes += 1
  }

  invalidateMany(keys: readonly string[]): void {
    this.#assertOpen()
    for (const key of keys) {
      const entry = this.entries.get(checkKey(key))
      if (entry) this.entries.set(key, markInvalidated(entry))
    }
  }

  clear(): void {
    this.#assertOpen()
    this.entries.clear()
  }

  stats(): TierStats {
    return {
      entries: this.entries.size,
      bytes: undefined,
      evictions: 0,
      rejected: 0,
      failures: 0,
      ...this.counts,
    }
  }

  close(): void {
    this.closed = true
    this.entries.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #assertOpen(): void {
    if (this.closed) throw new ClosedError(`tier "${this.name}"`)
  }
}
