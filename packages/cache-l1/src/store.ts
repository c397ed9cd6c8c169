/**
 * The entries of a tier and all its namespaces, under one bound. *Slot*: a small whole number from 1 on, an index into
 * columns (packed-entries.ts) and into the arrays of the policy; a slot that gets free is used again. A *key space* maps
 * keys to slots; the store knows the key and the key space of each slot, so that what is evicted can be found there.
 *
 * Three parts follow each entry: the policy (who goes first), the ledger of bytes (what it weighs), the expiry (when its
 * room is given up). `#admit` and `#drop` are the only two places where all of them change.
 */
import type { Clock, Entry } from '@greenlang/core'
import { ByteLedger, oddBytes } from './byte-ledger.ts'
import { createPolicy } from './eviction.ts'
import { Expiry, pageOf } from './expiry.ts'
import { keyHash } from './key-hash.ts'
import type { KeySpace } from './key-space.ts'
import { lengthenedList } from './lengthened.ts'
import { Owners } from './owners.ts'
import { PackedEntries } from './packed-entries.ts'
import type { EvictionPolicy } from './policy.ts'
import { type RemovalReason, Removals } from './removals.ts'
import type { Settings } from './settings.ts'
import { SlotPool } from './slot-pool.ts'

/** Of a value that is put: its life in ms, and its weight as an entry in bytes, 0 where nothing is weighed. */
export type Measures = { readonly ttlMs: number; readonly bytes: number }

export class Store<T> {
  readonly packed = new PackedEntries<T>()
  readonly removals: Removals<T> | undefined
  /** Whether an overwritten value needs neither weighing nor telling: policies by date or size hear of each. */
  readonly putsInPlace: boolean
  readonly #clock: Clock
  readonly #policy: EvictionPolicy
  readonly #expiry: Expiry
  readonly #ledger: ByteLedger
  readonly #owners = new Owners()
  readonly #pool = new SlotPool(length => this.#grow(length))
  readonly #onEarlier: (at: number) => void
  #keys: (string | undefined)[] = [undefined]
  #count = 0
  #maxEntries: number

  /** @param onEarlier Told when something expires earlier than all that was known. */
  constructor(settings: Settings<T>, onEarlier: (at: number) => void) {
    const { clock } = settings
    this.#clock = clock
    this.#onEarlier = onEarlier
    this.#maxEntries = settings.maxEntries
    this.removals = settings.onRemoval && new Removals(settings.onRemoval)
    this.#ledger = new ByteLedger(settings, settings.sizeOf)
    const byUses = settings.eviction !== 'ttl' && settings.eviction !== 'size'
    this.putsInPlace = byUses && this.removals === undefined && !this.#ledger.isOn
    const facts = {
      hashOf: (slot: number) => this.#hashOf(slot),
      bytesOf: (slot: number) => this.#ledger.bytesOf(slot),
      expiresAt: (slot: number) => this.packed.expiresAt(slot),
    }
    this.#policy = createPolicy(settings.eviction, facts, () => clock.now())
    this.packed.uses = this.#policy.uses
    const entries = {
      expiresAt: (slot: number) =>
        this.#keys[slot] === undefined ? Number.POSITIVE_INFINITY : this.packed.expiresAt(slot),
      expire: (slot: number) => this.remove(slot, 'expired'),
    }
    this.#expiry = new Expiry(entries, clock.now())
  }

  get count(): number {
    return this.#count
  }

  /** `undefined` if nothing is weighed. */
  get bytes(): number | undefined {
    return this.#ledger.isOn ? this.#ledger.bytes : undefined
  }

  get maxEntries(): number {
    return this.#maxEntries
  }

  get maxBytes(): number {
    return this.#ledger.maxBytes
  }

  keyOf(slot: number): string {
    return this.#keys[slot] as string
  }

  /** Told of a use that the policy wants to hear of itself. */
  use(slot: number): void {
    this.#policy.use(slot)
  }

  /** The order in which the policy would let slots go. */
  ranking(): (slot: number) => number {
    return this.#policy.ranking?.() ?? (slot => this.packed.uses[slot] as number)
  }

  addSpace(): KeySpace {
    return this.#owners.add()
  }

  /** Keeps `entry`; what was there goes, also if `entry` is larger than one may be. Whether it was kept. */
  set(space: KeySpace, key: string, entry: Entry<T>): boolean {
    const packed = this.#ledger.weigh(key, entry.value) + this.#ledger.weighExtras(entry)
    if (packed > this.#ledger.most) return this.#refuse(space, key)
    const known = space.slots.get(key)
    const slot = known ?? this.#makeRoom(packed)
    if (known !== undefined) this.#vacate(known, 'replaced')
    this.packed.write(slot, entry)
    const bytes = this.#ledger.isOn && this.packed.isOdd(slot) ? packed + oddBytes : packed
    if (known === undefined) this.#enter(space, key, slot, bytes)
    else this.#change(space, slot, bytes)
    const { expiresAt } = entry
    if (expiresAt < this.dueOf(slot)) this.note(slot, expiresAt)
    return space.slots.get(key) === slot
  }

  /** As `set`, for a value that is born now, has no tags and lives for whole ms or for ever. */
  put(space: KeySpace, key: string, value: T, ttlMs: number): boolean {
    const bytes = this.#ledger.weigh(key, value)
    if (bytes > this.#ledger.most) return this.#refuse(space, key)
    const slot = space.slots.get(key)
    if (slot === undefined) {
      this.add(space, key, value, { ttlMs, bytes })
      return true
    }
    this.#vacate(slot, 'replaced')
    const now = this.#clock.turn()
    this.packed.writeValue(slot, value, now, ttlMs)
    this.#change(space, slot, bytes)
    if (now + ttlMs < this.dueOf(slot)) this.note(slot, now + ttlMs)
    return space.slots.get(key) === slot
  }

  /** As `put`, where nothing is under `key`. */
  add(space: KeySpace, key: string, value: T, { ttlMs, bytes }: Measures): void {
    const slot = this.#makeRoom(bytes)
    const now = this.#clock.turn()
    this.packed.writeValue(slot, value, now, ttlMs)
    this.#enter(space, key, slot, bytes)
    if (now + ttlMs < this.dueOf(slot)) this.note(slot, now + ttlMs)
  }

  /** What is stored in `slot` need not be noted unless it expires before this, in ms since the epoch. */
  dueOf(slot: number): number {
    return this.#expiry.due[pageOf(slot)] as number
  }

  note(slot: number, expiresAt: number): void {
    this.#expiry.note(slot, expiresAt)
    this.#onEarlier(this.#expiry.next())
  }

  remove(slot: number, reason: RemovalReason): void {
    this.#policy.remove(slot)
    this.#drop(slot, reason)
  }

  sweep(now: number): number {
    this.#expiry.sweep(now)
    this.removals?.tell()
    return this.#expiry.next()
  }

  /** Changes the bounds; what is above them goes. */
  resize(maxEntries: number, maxBytes: number): void {
    this.#maxEntries = maxEntries
    this.#ledger.maxBytes = maxBytes
    while (this.#count > maxEntries || this.#ledger.bytes > maxBytes) if (!this.#evict()) break
  }

  clear(spaces: readonly KeySpace[]): void {
    const all = spaces.reduce((sum, space) => sum + space.slots.size, 0) === this.#count
    if (all && this.removals === undefined) {
      for (const space of spaces) space.empty()
      this.#forget()
      return
    }
    for (const space of spaces) for (const slot of [...space.slots.values()]) this.remove(slot, 'deleted')
    if (all) this.#forget()
    this.removals?.tell()
  }

  closeSpace(space: KeySpace): void {
    this.clear([space])
    this.#owners.drop(space)
  }

  #refuse(space: KeySpace, key: string): false {
    const known = space.slots.get(key)
    if (known !== undefined) this.remove(known, 'replaced')
    space.refusals += 1
    return false
  }

  /** A slot for an entry of `bytes` that is not there yet; what it held is to be written over. */
  #makeRoom(bytes: number): number {
    while (this.#count > this.#maxEntries) if (!this.#evict()) break
    while (this.#ledger.bytes + bytes > this.#ledger.maxBytes) if (!this.#evict()) break
    if (this.#count === this.#maxEntries) return this.#recycle()
    return this.#pool.take(this.#maxEntries)
  }

  /** As evicting and taking the slot that this frees, without the way round by the list of free ones. */
  #recycle(): number {
    const slot = this.#policy.evict()
    this.#leave(slot, this.#isOver(slot) ? 'expired' : 'evicted')
    return slot
  }

  /** The slot has been written for a key that was not there. */
  #enter(space: KeySpace, key: string, slot: number, bytes: number): void {
    this.#count += 1
    space.slots.set(key, slot)
    this.#keys[slot] = key
    this.#owners.write(slot, space)
    space.bytes += this.#ledger.write(slot, bytes)
    this.#policy.add(slot)
    this.#shrink()
  }

  /** The slot has been written again for the key it has. */
  #change(space: KeySpace, slot: number, bytes: number): void {
    if (this.#ledger.isOn) space.bytes += this.#ledger.write(slot, bytes)
    this.#policy.change(slot)
    this.#shrink()
  }

  /** To the bound in bytes: what was written may weigh more than there was room for. */
  #shrink(): void {
    while (this.#ledger.bytes > this.#ledger.maxBytes) if (!this.#evict()) break
  }

  #evict(): boolean {
    const slot = this.#policy.evict()
    if (slot === 0) return false
    this.#drop(slot, this.#isOver(slot) ? 'expired' : 'evicted')
    return true
  }

  #isOver(slot: number): boolean {
    const now = this.#clock.turn()
    return !((this.packed.staleAt[slot] as number) > now) && this.packed.expiresAt(slot) <= now
  }

  /** What `slot` holds is on its way out. */
  #vacate(slot: number, reason: RemovalReason): void {
    if (this.removals === undefined) return
    const told = this.packed.isInvalidated(slot) ? 'invalidated' : reason
    this.removals.add(this.keyOf(slot), this.packed.values[slot], told)
  }

  /** The policy has let go of the slot: everything else does. */
  #drop(slot: number, reason: RemovalReason): void {
    this.#leave(slot, reason)
    this.#keys[slot] = undefined
    this.packed.erase(slot)
    this.#pool.give(slot)
  }

  /** The key of `slot` leads nowhere from now on; what the slot holds is still there. */
  #leave(slot: number, reason: RemovalReason): void {
    this.#vacate(slot, reason)
    const space = this.#owners.read(slot)
    if (reason === 'evicted') space.evictions += 1
    else if (reason === 'expired') space.expirations += 1
    space.slots.delete(this.keyOf(slot))
    space.bytes += this.#ledger.write(slot, 0)
    this.#count -= 1
  }

  #hashOf(slot: number): number {
    return keyHash(this.keyOf(slot), this.#owners.read(slot).seed)
  }

  #grow(length: number): void {
    this.#keys = lengthenedList(this.#keys, length)
    this.packed.grow(length)
    this.#ledger.grow(length)
    this.#owners.grow(length)
    this.#expiry.grow(length)
    this.#policy.grow(length)
    this.packed.uses = this.#policy.uses
  }

  /** Nothing is there: gives the memory back. */
  #forget(): void {
    this.#count = 0
    this.#pool.clear()
    this.#keys = [undefined]
    this.packed.clear()
    this.#ledger.clear()
    this.#owners.clear()
    this.#expiry.clear(this.#clock.now())
    this.#policy.clear()
    this.packed.uses = this.#policy.uses
  }
}
