import {
  type ByteSize,
  type Clock,
  ClosedError,
  checkKey,
  checkText,
  contractOf,
  type Duration,
  type Entry,
  type MarkedValues,
} from '@greenlang/core'
import type { KeySpace } from './key-space.ts'
import { markedValues, nothingKept } from './marked-values.ts'
import type { MemoryCore } from './memory-core.ts'
import type { MemoryTier, MemoryTierStats } from './memory-tier.ts'
import { type PackedEntries, packs } from './packed-entries.ts'
import { countsTo } from './policy.ts'
import { checkResize } from './settings.ts'
import { type MemorySnapshot, restoreInto, snapshotOf } from './snapshot.ts'
import { statsOf } from './stats.ts'
import type { Measures, Store } from './store.ts'
import { Writer } from './writer.ts'

const contract = contractOf('@greenlang/cache-l1')

/** One look-up in so many records its duration. */
const sampleEvery = 1024

/**
 * The tier, or one namespace of it. The hot path is `value`: one look-up in a Map, one comparison of a date with the time,
 * one byte for the policy. What is rare (a miss, a closed tier, the sampled look-up …) leaves it by a call.
 */
export class MemoryView<T> implements MemoryTier<T> {
  readonly name: string
  readonly scope = 'process'
  readonly contract = contract
  readonly guarded = true
  readonly marked: MarkedValues<T>
  readonly #core: MemoryCore<T>
  readonly #store: Store<T>
  readonly #packed: PackedEntries<T>
  readonly #clock: Clock
  readonly #kept: { readonly at: number }
  readonly #space: KeySpace
  readonly #slots: Map<string, number>
  readonly #writer: Writer<T>
  /** Whether overwriting a value is but that: nothing weighs it, copies it, or has to be told. */
  readonly #putsInPlace: boolean
  /** Life of what is put without a ttl, in ms. */
  readonly #putMs: number
  readonly #putMeasures: Measures
  readonly #namespaces = new Map<string, MemoryView<T>>()
  readonly #release: (space: KeySpace) => void
  /** Look-ups by `value` until the next sample; `countedUntil` is how far they are counted in the key space. */
  #untilSample = sampleEvery
  #countedUntil = sampleEvery
  #closed = false

  /** @param release Called once, when it is closed and its keys are gone. */
  constructor(core: MemoryCore<T>, name: string, release: (space: KeySpace) => void) {
    this.name = name
    this.#core = core
    this.#store = core.store
    this.#packed = core.store.packed
    this.#clock = core.settings.clock
    this.#kept = core.settings.clock.kept ?? nothingKept
    this.#space = core.store.addSpace()
    this.#slots = this.#space.slots
    this.#writer = new Writer(core.settings, core.store, this.#space)
    this.#putMs = Math.min(core.settings.ttlMs, core.settings.maxTtlMs)
    this.#putsInPlace = core.store.putsInPlace && core.settings.keeping.in === undefined && packs(this.#putMs)
    this.#putMeasures = { ttlMs: this.#putMs, bytes: 0 }
    this.#release = release
    this.marked = markedValues(core, this.#space)
  }

  value(key: string): T | undefined {
    this.#untilSample -= 1
    if (this.#untilSample === 0) return this.#sampledValue(key)
    const slot = this.#slots.get(key)
    if (slot === undefined) return this.#valueInDoubt(key, slot)
    const packed = this.#packed
    if ((packed.staleAt[slot] as number) > this.#kept.at) {
      if (packed.uses[slot] !== countsTo) this.#use(slot)
      return packed.values[slot]
    }
    return this.#valueInDoubt(key, slot)
  }

  get(key: string): Entry<T> | undefined {
    const slot = this.#live(key)
    if (slot === undefined) {
      this.#space.misses += 1
      return undefined
    }
    this.#space.found += 1
    this.#use(slot)
    return this.#entry(slot)
  }

  peek(key: string): Entry<T> | undefined {
    const slot = this.#live(key)
    return slot === undefined ? undefined : this.#entry(slot)
  }

  has(key: string): boolean {
    return this.#live(key) !== undefined
  }

  getMany(keys: readonly string[]): ReadonlyMap<string, Entry<T>> {
    this.#checkAll(keys)
    const found = new Map<string, Entry<T>>()
    for (const key of keys) {
      const entry = this.get(key)
      if (entry !== undefined) found.set(key, entry)
    }
    return found
  }

  put(key: string, value: T, ttl?: Duration): boolean {
    const isSimple = ttl === undefined && value !== undefined && this.#putsInPlace
    if (!isSimple || this.#closed || typeof key !== 'string') {
      this.#check(key)
      return this.#writer.put(key, value, ttl)
    }
    // What `writer.put` comes to then: in one piece, for a call within a call within a call costs as much again.
    this.#space.sets += 1
    const slot = this.#slots.get(key)
    if (slot === undefined) {
      this.#store.add(this.#space, key, value, this.#putMeasures)
      return true
    }
    const now = this.#clock.turn()
    this.#packed.writeValue(slot, value, now, this.#putMs)
    if (this.#packed.uses[slot] !== countsTo) this.#use(slot)
    if (now + this.#putMs < this.#store.dueOf(slot)) this.#store.note(slot, now + this.#putMs)
    return true
  }

  set(key: string, entry: Entry<T>): void {
    this.#check(key)
    this.#writer.set(key, entry)
  }

  setMany(entries: ReadonlyMap<string, Entry<T>>): void {
    this.#checkAll(entries.keys())
    for (const [key, entry] of entries) this.set(key, entry)
  }

  deleteMany(keys: readonly string[]): void {
    this.#checkAll(keys)
    for (const key of keys) {
      // Asked again for each: a listener may have closed it.
      this.#check(key)
      if (this.#writer.remove(key, 'deleted')) this.#space.deletes += 1
    }
  }

  invalidateMany(keys: readonly string[]): void {
    this.#checkAll(keys)
    for (const key of keys) {
      const slot = this.#slots.get(key)
      if (slot !== undefined) this.#packed.invalidate(slot)
    }
  }

  keys(): IterableIterator<string> {
    this.#checkOpen()
    return this.#each(key => key)
  }

  entries(): IterableIterator<[key: string, entry: Entry<T>]> {
    this.#checkOpen()
    return this.#each((key, slot) => [key, this.#entry(slot)])
  }

  [Symbol.iterator](): IterableIterator<[key: string, entry: Entry<T>]> {
    return this.entries()
  }

  snapshot(): MemorySnapshot<T> {
    const rankOf = this.#store.ranking()
    return snapshotOf(this.entries(), key => rankOf(this.#slots.get(key) ?? 0), this.#namespaces)
  }

  restore(snapshot: MemorySnapshot<T>): number {
    this.#checkOpen()
    return restoreInto(this, snapshot, this.#clock.now())
  }

  resize(bounds: { maxEntries?: number; maxBytes?: ByteSize }): void {
    this.#checkOpen()
    this.#core.resize(checkResize(bounds))
  }

  namespace(name: string): MemoryTier<T> {
    this.#checkOpen()
    const known = this.#namespaces.get(checkText('name', name))
    if (known !== undefined) return known
    const release = (space: KeySpace) => {
      this.#namespaces.delete(name)
      this.#space.absorb(space)
    }
    const namespace = this.#core.view(`${this.name}:${name}`, release)
    this.#namespaces.set(name, namespace)
    return namespace
  }

  clear(): void {
    this.#checkOpen()
    this.#store.clear(this.#spaces())
  }

  stats(): MemoryTierStats {
    return statsOf(this.#core, this.#spaces())
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const namespace of [...this.#namespaces.values()]) namespace.close()
    const [space] = this.#spaces() as [KeySpace]
    this.#store.closeSpace(space)
    this.#release(space)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** What `value` does, and how long it took. */
  #sampledValue(key: string): T | undefined {
    this.#space.looked += this.#countedUntil
    this.#countedUntil = sampleEvery
    this.#untilSample = sampleEvery
    const start = this.#clock.now()
    const value = this.#valueInDoubt(key, this.#slots.get(key))
    this.#core.recordLatency(this.#clock.now() - start)
    return value
  }

  /** What `value` does where it takes more than one comparison to tell. */
  #valueInDoubt(key: string, slot: number | undefined): T | undefined {
    if (this.#closed || typeof key !== 'string') {
      // Neither a hit nor a miss: it has been counted as a look-up already.
      this.#space.valueMisses += 1
      this.#check(key)
    }
    if (slot !== undefined && (this.#packed.staleAt[slot] as number) > this.#clock.turn()) {
      this.#use(slot)
      return this.#packed.values[slot]
    }
    if (slot !== undefined) this.#writer.live(key)
    this.#space.misses += 1
    this.#space.valueMisses += 1
    return undefined
  }

  #live(key: string): number | undefined {
    this.#check(key)
    return this.#writer.live(key)
  }

  #use(slot: number): void {
    const uses = this.#packed.uses[slot] as number
    if (uses < countsTo) this.#packed.uses[slot] = uses + 1
    else if (uses > countsTo) this.#store.use(slot)
  }

  #entry(slot: number): Entry<T> {
    const entry = this.#packed.read(slot)
    const { out } = this.#core.settings.keeping
    return out === undefined || entry.negative ? entry : { ...entry, value: out(entry.value) }
  }

  *#each<Item>(itemOf: (key: string, slot: number) => Item): IterableIterator<Item> {
    for (const [key, slot] of this.#slots)
      if (this.#packed.expiresAt(slot) > this.#clock.turn()) yield itemOf(key, slot)
  }

  /** Its own key space and those within, with everything counted that was put off. */
  #spaces(): KeySpace[] {
    this.#space.looked += this.#countedUntil - this.#untilSample
    this.#countedUntil = this.#untilSample
    return [this.#space, ...[...this.#namespaces.values()].flatMap(namespace => namespace.#spaces())]
  }

  #checkAll(keys: Iterable<string>): void {
    this.#checkOpen()
    for (const key of keys) checkKey(key)
  }

  #check(key: string): void {
    if (this.#closed || typeof key !== 'string') this.#checkAll([key])
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`tier "${this.name}"`)
  }
}
