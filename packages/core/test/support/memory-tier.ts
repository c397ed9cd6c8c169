import {
  type Claim,
  type ClaimOptions,
  type Clock,
  compareStamps,
  contractOf,
  type Entry,
  type Fills,
  markInvalidated,
  type RuleTarget,
  type Stamp,
  type Tier,
  type TierStats,
  type Written,
} from '../../src/index.ts'

/** The smallest tier an engine can use, which says what it holds. `down`: every call throws. */
export class MemoryTier implements Tier {
  readonly contract = contractOf('@greenlang/core')
  readonly guarded = true
  readonly name: string
  readonly scope: 'process' | 'shared'
  readonly entries = new Map<string, Entry>()
  down = false
  gets = 0
  protected readonly clock: Clock

  constructor(clock: Clock, name = 'near', scope: 'process' | 'shared' = 'process') {
    this.clock = clock
    this.name = name
    this.scope = scope
  }

  get(key: string): Entry | undefined {
    this.gets += 1
    return this.live(key)
  }

  getMany(keys: readonly string[]): ReadonlyMap<string, Entry> {
    return new Map(keys.flatMap(key => [this.live(key)].flatMap(entry => (entry ? [[key, entry]] : []))))
  }

  set(key: string, entry: Entry): void {
    this.reach()
    this.entries.set(key, entry)
  }

  setMany(entries: ReadonlyMap<string, Entry>): void {
    for (const [key, entry] of entries) this.set(key, entry)
  }

  deleteMany(keys: readonly string[]): void {
    this.reach()
    for (const key of keys) this.entries.delete(key)
  }

  invalidateMany(keys: readonly string[]): void {
    this.reach()
    for (const key of keys) {
      const entry = this.entries.get(key)
      if (entry) this.entries.set(key, markInvalidated(entry))
    }
  }

  clear(): void {
    this.entries.clear()
  }

  stats(): TierStats {
    const counts = { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, rejected: 0, failures: 0 }
    return { entries: this.entries.size, bytes: undefined, ...counts }
  }

  close(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}

  protected reach(): void {
    if (this.down) throw new Error('no answer')
  }

  protected live(key: string): Entry | undefined {
    this.reach()
    const entry = this.entries.get(key)
    return entry && entry.expiresAt > this.clock.now() ? entry : undefined
  }
}

interface Lease {
  readonly token: string
  readonly forMs: number
  readonly until: number
}

/** The same, for many processes: it keeps the contract of `Fills` in the plainest way. */
export class SharedTier extends MemoryTier {
  readonly leases = new Map<string, Lease>()
  readonly versions = new Map<string, number>()
  readonly buried: (readonly [string, number])[] = []
  readonly swept: (readonly [RuleTarget, Stamp])[] = []
  readonly watchers = new Set<() => void>()
  renewals = 0
  readonly fills: Fills = {
    claim: (keys, options) => new Map(keys.map(key => [key, this.#claim(key, options)])),
    fill: (key, entry, token) => {
      const stands = this.#holds(key, token)
      if (stands) this.write(key, entry, undefined)
      return stands
    },
    renew: token => {
      this.reach()
      this.renewals += 1
      for (const [key, lease] of this.leases) if (lease.token === token) this.#lease(key, token, lease.forMs)
      return [...this.leases.values()].some(lease => lease.token === token)
    },
    release: token => {
      this.reach()
      for (const [key, lease] of this.leases) if (lease.token === token) this.leases.delete(key)
    },
    write: (key, entry, { version } = {}) => this.write(key, entry, version),
    bury: (key, version) => {
      this.reach()
      this.buried.push([key, version])
      this.leases.delete(key)
      if ((this.versions.get(key) ?? 0) <= version) this.entries.delete(key)
    },
    sweep: (target, before) => {
      this.reach()
      this.swept.push([target, before])
    },
    watch: listener => {
      this.watchers.add(listener)
      return () => void this.watchers.delete(listener)
    },
  }
  #tokens = 0

  constructor(clock: Clock, name = 'far') {
    super(clock, name, 'shared')
  }

  override deleteMany(keys: readonly string[]): void {
    super.deleteMany(keys)
    for (const key of keys) this.leases.delete(key)
  }

  override invalidateMany(keys: readonly string[]): void {
    super.invalidateMany(keys)
    for (const key of keys) this.leases.delete(key)
  }

  write(key: string, entry: Entry, version: number | undefined): Written {
    this.reach()
    this.leases.delete(key)
    const held = this.live(key) && this.versions.get(key)
    if (held !== undefined && version !== undefined && held > version) return 'older'
    if (held !== undefined && version === undefined) {
      this.entries.delete(key)
      return 'dropped'
    }
    this.entries.set(key, entry)
    if (version !== undefined) this.versions.set(key, version)
    return 'stored'
  }

  #claim(key: string, { forMs, reject }: ClaimOptions): Claim {
    const entry = this.live(key)
    const rejected = reject?.get(key)
    if (entry && !(rejected && compareStamps(entry.stamp, rejected) === 0)) return { kind: 'found', entry }
    const left = (this.leases.get(key)?.until ?? 0) - this.clock.now()
    if (left > 0) return { kind: 'taken', forMs: left }
    this.#tokens += 1
    return { kind: 'granted', token: this.#lease(key, `token ${this.#tokens}`, forMs) }
  }

  #lease(key: string, token: string, forMs: number): string {
    this.leases.set(key, { token, forMs, until: this.clock.now() + forMs })
    return token
  }

  #holds(key: string, token: string): boolean {
    this.reach()
    const lease = this.leases.get(key)
    return lease !== undefined && lease.token === token && lease.until > this.clock.now()
  }
}
