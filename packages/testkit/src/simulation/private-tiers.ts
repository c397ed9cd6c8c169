/** The tiers of one process: memory that is lost with it, and a disk that is not. */
import {
  type Awaitable,
  type Clock,
  contractOf,
  type Entry,
  type Journal,
  type MarkedValues,
  type Removal,
  type Stamp,
  type Tier,
} from '@greenlang/core'
import { noStats } from './no-stats.ts'
import type { Actor, World } from './world.ts'

abstract class MapTier implements Tier {
  abstract readonly name: string
  readonly scope = 'process'
  readonly guarded = true
  readonly contract = contractOf('@greenlang/testkit')

  abstract get(key: string): Awaitable<Entry | undefined>
  abstract set(key: string, entry: Entry): Awaitable<void>
  abstract deleteMany(keys: readonly string[]): Awaitable<void>
  abstract invalidateMany(keys: readonly string[]): Awaitable<void>
  abstract clear(): Awaitable<void>

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    const found = new Map<string, Entry>()
    for (const key of keys) {
      const entry = await this.get(key)
      if (entry) found.set(key, entry)
    }
    return found
  }

  async setMany(entries: ReadonlyMap<string, Entry>): Promise<void> {
    for (const [key, entry] of entries) await this.set(key, entry)
  }

  stats() {
    return noStats
  }

  close(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Evicts the least recently used. @param maxTtlMs Longest life of a copy here. */
export function memoryOf(clock: Clock, maxEntries: number, maxTtlMs: number): Tier {
  return new Memory(clock, maxEntries, maxTtlMs)
}

class Memory extends MapTier {
  readonly name = 'memory'
  readonly clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #marks = new WeakMap<Entry, number>()
  readonly #maxEntries: number
  readonly #maxTtlMs: number

  constructor(clock: Clock, maxEntries: number, maxTtlMs: number) {
    super()
    this.clock = clock
    this.#maxEntries = maxEntries
    this.#maxTtlMs = maxTtlMs
  }

  get marked(): MarkedValues {
    return this
  }

  valueMarked(key: string, mark: number, until: number): unknown {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#marks.get(entry) !== mark) return undefined
    const now = this.clock.turn()
    return now < entry.staleAt && now < until && !entry.invalidated ? this.get(key)?.value : undefined
  }

  mark(key: string, mark: number): void {
    const entry = this.#entries.get(key)
    if (entry) this.#marks.set(entry, mark)
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (this.clock.now() >= entry.expiresAt) return undefined
    this.#entries.set(key, entry)
    return entry
  }

  set(key: string, entry: Entry): void {
    const end = Math.min(entry.expiresAt, this.clock.now() + this.#maxTtlMs)
    this.#entries.delete(key)
    this.#entries.set(key, { ...entry, staleAt: Math.min(entry.staleAt, end), expiresAt: end })
    const oldest = this.#entries.keys().next().value
    if (this.#entries.size > this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest)
  }

  deleteMany(keys: readonly string[]): void {
    for (const key of keys) this.#entries.delete(key)
  }

  invalidateMany(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.#entries.get(key)
      if (entry) this.#entries.set(key, { ...entry, invalidated: true })
    }
  }

  clear(): void {
    this.#entries.clear()
  }
}

/** What outlives the process. */
export interface DiskStore {
  readonly entries: Map<string, { readonly entry: Entry; readonly era: number; readonly vouched: number }>
  applied: Stamp | undefined
  era: number
  vouched: number
}

export function emptyDisk(): DiskStore {
  return { entries: new Map(), applied: undefined, era: 0, vouched: 0 }
}

export interface DiskOptions {
  readonly world: World
  readonly actor: Actor
  readonly now: () => number
  readonly store: DiskStore
  /** The longest a call takes. */
  readonly slowestMs: number
  /** Says that all frames were applied, up to there: only in a mutant. Default: what was marked with the deletes. */
  readonly pretends?: () => Stamp | undefined
}

/** A tier over the store for a new process; each call takes effect in its turn, if the process still lives. */
export function diskOf(options: DiskOptions): Tier {
  return new Disk(options)
}

const fastestMs = 0.5

class Disk extends MapTier {
  readonly name = 'disk'
  readonly journal: Journal = {
    read: () => this.#inTurn(() => (this.#store.applied && this.#pretends?.()) ?? this.#store.applied),
    mark: (stamp, removal) => this.#inTurn(() => this.#mark(stamp, removal)),
    distrust: () => {
      const lostAt = this.#now()
      return this.#inTurn(() => {
        this.#store.applied = undefined
        this.#store.vouched += 1
        this.#lostAt = lostAt
      })
    },
  }
  readonly #world: World
  readonly #actor: Actor
  readonly #now: () => number
  readonly #store: DiskStore
  readonly #era: number
  #last = 0
  #lostAt = Number.NEGATIVE_INFINITY

  readonly #slowestMs: number
  readonly #pretends: (() => Stamp | undefined) | undefined

  constructor({ world, actor, now, store, slowestMs, pretends }: DiskOptions) {
    super()
    this.#slowestMs = slowestMs
    this.#world = world
    this.#actor = actor
    this.#now = now
    this.#store = store
    this.#pretends = pretends
    store.era += 1
    this.#era = store.era
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#inTurn(() => {
      const held = this.#store.entries.get(key)
      if (held === undefined || this.#now() >= held.entry.expiresAt) return undefined
      const { checkedAt = Number.NEGATIVE_INFINITY, ...entry } = held.entry
      if (held.vouched !== this.#store.vouched) return entry
      return { ...entry, checkedAt: held.era === this.#era ? checkedAt : 0 }
    })
  }

  set(key: string, entry: Entry): Promise<void> {
    return this.#inTurn(() => {
      // Nobody vouches for what was checked before trust was lost, however late it is stored.
      const isVouched = entry.checkedAt !== undefined && entry.checkedAt > this.#lostAt
      this.#store.entries.set(key, { entry, era: this.#era, vouched: isVouched ? this.#store.vouched : -1 })
    })
  }

  deleteMany(keys: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#remove({ keys, mode: 'delete' }))
  }

  invalidateMany(keys: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#remove({ keys, mode: 'invalidate' }))
  }

  clear(): Promise<void> {
    return this.#inTurn(() => this.#store.entries.clear())
  }

  #mark(stamp: Stamp, removal: Removal | undefined): void {
    this.#store.applied = stamp
    if (removal) this.#remove(removal)
  }

  #remove({ keys, mode }: Removal): void {
    for (const key of keys) {
      const held = this.#store.entries.get(key)
      if (mode === 'delete' || held === undefined) this.#store.entries.delete(key)
      else this.#store.entries.set(key, { ...held, entry: { ...held.entry, invalidated: true } })
    }
  }

  #inTurn<T>(action: () => T): Promise<T> {
    const wayMs = fastestMs + this.#world.random() * (this.#slowestMs - fastestMs)
    this.#last = Math.max(this.#last, this.#world.now + wayMs)
    return new Promise(resolve => {
      this.#world.at(this.#last, () => resolve(action()), this.#actor)
    })
  }
}
