/**
 * Entries taken apart into columns, one place a slot: an `Entry` object kept for each would cost some 200 bytes and half
 * the speed of a hit.
 *
 * - `staleAt`: the date as it is, so that freshness is one comparison; *negated* once an invalidation marked the entry,
 *   and for a negative entry, so that the same comparison covers them: above the time is a value that may be served.
 * - `ttl`, `grace`: whole ms, from which the other two dates follow exactly. An entry that never goes stale is written
 *   as going stale `never` ms after its birth, which the hot path needs no case for.
 * - lag: how long before its birth an entry was last known to be right (`checkedAt`), in 2^-12 ms, the smallest step a
 *   date of our time has.
 *
 * Columns for graces, tags, stamps and lags exist from the first entry on that has any. *Odd*: an entry that does not fit (a
 * life that is not whole ms, one of 50 days or more that ends, a stamp out of range) is kept whole beside the columns;
 * it is right, only larger. Slot 0 is never used.
 */
import { type Entry, markInvalidated, noStamp } from '@greenlang/core'
import { LagColumn } from './lag-column.ts'
import { lengthened, lengthenedList } from './lengthened.ts'
import { StampColumn } from './stamp-column.ts'

/** 69 years in ms: a power of two, so that adding it to a date of our time loses half a microsecond at most. */
const never = 2 ** 41
/** In `ttl` or `grace`: without end. */
const endless = 2 ** 32 - 1
/** Whether a life of so many ms, whole ones or `Infinity`, fits the columns. */
export const packs = (ttlMs: number) => ttlMs < endless || ttlMs === Number.POSITIVE_INFINITY
const noTags: readonly string[] = Object.freeze([])

export class PackedEntries<T> {
  /** By slot: there is a fresh value while this is above the time. 0 in a free slot. */
  staleAt = new Float64Array(0)
  /** By slot; `undefined` for a negative entry and in a free slot. */
  values: (T | undefined)[] = [undefined]
  /** The policy's bytes, here for the hot path only: see policy.ts. */
  uses: Uint8Array = new Uint8Array(0)
  /** By slot: what an owner has marked the entry with since it was written; see `MarkedValues` of core. */
  marks = new Float64Array(0)
  #ttl = new Uint32Array(0)
  #grace = new Uint32Array(0)
  #tags: (readonly string[] | undefined)[] | undefined
  readonly #stamps = new StampColumn()
  readonly #lags = new LagColumn()
  #odd: Map<number, Entry<T>> | undefined
  /** Whether anything was ever kept outside `staleAt`, `values`, `ttl` and `grace`. */
  #hasExtras = false

  /** Writes a fresh, untagged value born now: what most caches hold, without an `Entry` in between. */
  writeValue(slot: number, value: T, createdAt: number, ttlMs: number): void {
    if (this.staleAt[slot] !== 0) this.#forgetExtras(slot)
    this.values[slot] = value
    const immortal = ttlMs === Number.POSITIVE_INFINITY
    this.#ttl[slot] = immortal ? endless : ttlMs
    if (this.#grace.length > 0) this.#grace[slot] = 0
    this.staleAt[slot] = createdAt + (immortal ? never : ttlMs)
  }

  write(slot: number, entry: Entry<T>): void {
    if (this.staleAt[slot] !== 0) this.#forgetExtras(slot)
    const { value, createdAt, staleAt, tags, stamp, checkedAt } = entry
    this.values[slot] = entry.negative ? undefined : value
    const usual = (value === undefined) === entry.negative && !(entry.negative && entry.invalidated)
    const fits = this.#writeDates(slot, entry) && usual
    const born = staleAt === Number.POSITIVE_INFINITY ? createdAt + never - never : createdAt
    if (entry.stamp !== noStamp || checkedAt !== undefined || tags.length > 0) this.#hasExtras = true
    const whole = this.#stamps.write(slot, stamp) && this.#lags.write(slot, born, checkedAt) && fits
    if (!whole) {
      this.#hasExtras = true
      this.#odd ??= new Map()
      this.#odd.set(slot, entry)
      const shown = staleAt === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : staleAt
      this.staleAt[slot] = entry.invalidated || value === undefined || !(shown > 0) ? -1 : shown
      return
    }
    if (tags.length > 0) this.#writeTags(slot, tags)
    if (entry.invalidated || entry.negative) this.staleAt[slot] = -(this.staleAt[slot] as number)
  }

  read(slot: number): Entry<T> {
    const odd = this.#odd?.get(slot)
    if (odd !== undefined) return odd
    const signed = this.staleAt[slot] as number
    const date = Math.abs(signed)
    const ttl = this.#ttl[slot] as number
    const immortal = ttl === endless
    const createdAt = date - (immortal ? never : ttl)
    const value = this.values[slot] as T
    const checkedAt = this.#lags.read(slot, createdAt)
    const staleAt = immortal ? Number.POSITIVE_INFINITY : date
    const expiresAt = this.expiresAt(slot)
    const tags = this.#tags?.[slot] ?? noTags
    const stamp = this.#stamps.read(slot)
    const negative = value === undefined
    const invalidated = signed < 0 && !negative
    // Written out twice: a spread costs more than all the rest.
    if (checkedAt === undefined)
      return { value, createdAt, staleAt, expiresAt, tags, stamp, invalidated, negative }
    return { value, createdAt, staleAt, expiresAt, tags, stamp, invalidated, negative, checkedAt }
  }

  expiresAt(slot: number): number {
    const odd = this.#odd?.get(slot)
    if (odd !== undefined) return odd.expiresAt
    const grace = this.#grace[slot] ?? 0
    if (grace === endless || this.#ttl[slot] === endless) return Number.POSITIVE_INFINITY
    return Math.abs(this.staleAt[slot] as number) + grace
  }

  /** Whether the entry of `slot` is kept whole. */
  isOdd(slot: number): boolean {
    return this.#odd?.has(slot) ?? false
  }

  isInvalidated(slot: number): boolean {
    const odd = this.#odd?.get(slot)
    if (odd !== undefined) return odd.invalidated
    return (this.staleAt[slot] as number) < 0 && this.values[slot] !== undefined
  }

  invalidate(slot: number): void {
    if (this.values[slot] === undefined || this.#odd?.has(slot)) {
      this.write(slot, markInvalidated(this.read(slot)))
    } else this.staleAt[slot] = -Math.abs(this.staleAt[slot] as number)
  }

  mark(slot: number, mark: number): void {
    if (this.marks.length === 0) this.marks = new Float64Array(this.staleAt.length)
    this.marks[slot] = mark
    this.#hasExtras = true
  }

  erase(slot: number): void {
    this.#forgetExtras(slot)
    this.values[slot] = undefined
    this.staleAt[slot] = 0
  }

  grow(length: number): void {
    this.staleAt = lengthened(this.staleAt, length)
    this.values = lengthenedList(this.values, length)
    this.#ttl = lengthened(this.#ttl, length)
    if (this.#grace.length > 0) this.#grace = lengthened(this.#grace, length)
    if (this.marks.length > 0) this.marks = lengthened(this.marks, length)
    this.#stamps.grow(length)
    this.#lags.grow(length)
  }

  clear(): void {
    this.values = [undefined]
    this.staleAt = new Float64Array(0)
    this.#ttl = new Uint32Array(0)
    this.#grace = new Uint32Array(0)
    this.#tags = undefined
    this.#odd = undefined
    this.marks = new Float64Array(0)
    this.#stamps.clear()
    this.#lags.clear()
  }

  /** Whether the dates can be told from the columns to the last bit. */
  #writeDates(slot: number, { createdAt, staleAt, expiresAt }: Entry): boolean {
    if (staleAt === Number.POSITIVE_INFINITY) {
      this.#ttl[slot] = endless
      this.staleAt[slot] = createdAt + never
      return createdAt > 0
    }
    const ttl = staleAt - createdAt
    const ends = expiresAt !== Number.POSITIVE_INFINITY
    const grace = ends ? expiresAt - staleAt : endless
    this.#ttl[slot] = ttl
    this.#writeGrace(slot, grace)
    this.staleAt[slot] = staleAt
    const whole =
      this.#ttl[slot] === ttl && (this.#grace[slot] ?? 0) === grace && ttl !== endless && staleAt > 0
    const exact =
      staleAt - ttl === createdAt && (!ends || (grace !== endless && staleAt + grace === expiresAt))
    return whole && exact
  }

  #writeGrace(slot: number, grace: number): void {
    if (this.#grace.length === 0) {
      if (grace === 0) return
      this.#grace = new Uint32Array(this.staleAt.length)
    }
    this.#grace[slot] = grace
  }

  #forgetExtras(slot: number): void {
    if (!this.#hasExtras) return
    if (this.marks.length > 0) this.marks[slot] = 0
    if (this.#odd !== undefined) this.#odd.delete(slot)
    if (this.#tags !== undefined && slot < this.#tags.length) this.#tags[slot] = undefined
    this.#stamps.erase(slot)
    this.#lags.erase(slot)
  }

  #writeTags(slot: number, tags: readonly string[]): void {
    this.#tags ??= []
    // Written one by one: an array with a gap that is too wide becomes a slow dictionary in V8.
    while (this.#tags.length <= slot) this.#tags.push(undefined)
    this.#tags[slot] = tags
  }
}
