/**
 * Which ids fall due by a given time, without sorting: the hierarchical timing wheel of Varghese & Lauck ("Hashed and
 * Hierarchical Timing Wheels", SOSP 1987) over small whole numbers.
 *
 * Time is counted in *ticks* of 1.024 s from an origin. A tick number is five digits of six bits. An id waits in the
 * *level* of the highest digit in which its tick differs from the present one, in the *bucket* that this digit names:
 * 64 buckets of 1.024 s, then 64 of 65.5 s, of 70 min, of 3.1 days, of 199 days, and one list for later and for never.
 * So whatever is in a lower level is due before all of a higher one, and in a level the lower bucket comes first: the
 * earliest bucket is the lowest bit of a mask, and empty stretches of time are jumped over. When time reaches a coarse
 * bucket, its ids are *opened*, that is, placed again further down; each goes through that five times at most. A time
 * that has passed counts as the present tick.
 *
 * Order inside a bucket is first in, first out. An id costs 16 bytes. Rejected: a heap (O(log n) a change), one timer
 * an entry (a closure and a timer object each), and a single wheel (rounds to count, or buckets without number).
 */
import { lengthened } from './lengthened.ts'
import { RankedLists } from './policies/ranked-lists.ts'

const tickMs = 1024
const digitBits = 6
const digitMask = (1 << digitBits) - 1
const levels = 5
/** Ticks from the origin that the levels can tell apart: 34.8 years. */
const span = 2 ** (digitBits * levels)
/** Lists: the buckets, level by level, then two more. */
const buckets = 1 << digitBits
const later = levels * buckets
const outgoing = later + 1

export class TimingWheel {
  readonly #lists = new RankedLists(outgoing + 1)
  #times = new Float64Array(0)
  #origin: number
  /** The present, in ticks from the origin. Never goes back. */
  #tick = 0

  /** Times are in ms since the epoch, fractions allowed. */
  constructor(now: number) {
    this.#origin = now
  }

  /** `id`, from 1 on, falls due at `at`; moves it if it waits for another time. */
  schedule(id: number, at: number): void {
    if (this.#lists.holds(id)) {
      if (this.#times[id] === at) return
      this.#lists.remove(id)
    }
    this.#times[id] = at
    this.#place(id)
  }

  /** `id` is not to be called back; nothing happens if it does not wait. */
  cancel(id: number): void {
    if (this.#lists.holds(id)) this.#lists.remove(id)
  }

  /**
   * Calls back each id whose time is `now` or before, once, in the order of buckets; it waits no more, and may be
   * scheduled again from within. An id of the present tick that is not yet due is looked at again by each advance
   * within that tick: call it no more often than `next` asks for.
   */
  advance(now: number, due: (id: number) => void): void {
    this.#collect(now)
    for (let id = this.#lists.oldest(outgoing); id !== 0; id = this.#lists.oldest(outgoing)) {
      this.#lists.remove(id)
      due(id)
    }
  }

  /** Moves the present on to `now`, but not past a bucket that anything waits in, so nothing falls due. */
  approach(now: number): void {
    this.#moveTowards(this.#tickOf(now))
  }

  /**
   * By when the next advance is worth its while: the end of the earliest bucket, or of its first tick if it is a coarse
   * one that has to be opened. `Infinity` if nothing waits for a time within 34 years.
   */
  next(): number {
    const list = this.#lists.lowest()
    if (list < 0 || list >= later) return Number.POSITIVE_INFINITY
    return this.#origin + (this.#startOf(list) + 1) * tickMs
  }

  /** The id that has been longest in the earliest bucket; 0 if nothing waits. */
  earliest(): number {
    const list = this.#lists.lowest()
    return list < 0 ? 0 : this.#lists.oldest(list)
  }

  /** Ids below `length` may come now. */
  grow(length: number): void {
    this.#times = lengthened(this.#times, length)
    this.#lists.grow(length)
  }

  /** Forgets all ids and gives the memory back. */
  clear(): void {
    this.#times = new Float64Array(0)
    this.#lists.clear()
  }

  #collect(now: number): void {
    if ((now - this.#origin) / tickMs >= span) this.#rebase(now)
    const target = Math.max(this.#tickOf(now), this.#tick)
    for (let list = this.#moveTowards(target); list >= 0; list = this.#moveTowards(target)) {
      if (this.#tick === target) {
        this.#collectPast(list, now)
        return
      }
      this.#moveAll(list)
    }
  }

  /** Goes on to the first fine bucket in use that begins by `target`, and returns it; else to `target`, and -1. */
  #moveTowards(target: number): number {
    for (;;) {
      const list = this.#lists.lowest()
      const start = list < 0 || list >= later ? Number.POSITIVE_INFINITY : this.#startOf(list)
      if (start > target) {
        if (target > this.#tick) this.#tick = target
        return -1
      }
      this.#tick = start
      if (list < buckets) return list
      this.#open(list)
    }
  }

  #open(list: number): void {
    for (let id = this.#lists.oldest(list); id !== 0; id = this.#lists.oldest(list)) {
      this.#lists.remove(id)
      this.#place(id)
    }
  }

  #moveAll(list: number): void {
    for (let id = this.#lists.oldest(list); id !== 0; id = this.#lists.oldest(list))
      this.#lists.touch(id, outgoing)
  }

  #collectPast(list: number, now: number): void {
    let id = this.#lists.oldest(list)
    while (id !== 0) {
      const newer = this.#lists.newer(id)
      if ((this.#times[id] as number) <= now) this.#lists.touch(id, outgoing)
      id = newer
    }
  }

  /** Counts from `now` on: once in 34 years, or when a clock jumps that far. */
  #rebase(now: number): void {
    for (let list = this.#lists.lowest(); list >= 0 && list < outgoing; list = this.#lists.lowest())
      this.#moveAll(list)
    this.#origin = now
    this.#tick = 0
    this.#open(outgoing)
  }

  #place(id: number): void {
    const tick = Math.floor(((this.#times[id] as number) - this.#origin) / tickMs)
    if (tick <= this.#tick) this.#lists.append(id, this.#tick & digitMask)
    else if (tick < span) this.#lists.append(id, this.#bucketOf(tick))
    else this.#lists.append(id, later)
  }

  #bucketOf(tick: number): number {
    const level = Math.floor((31 - Math.clz32(tick ^ this.#tick)) / digitBits)
    return level * buckets + ((tick >>> (level * digitBits)) & digitMask)
  }

  #startOf(list: number): number {
    const level = list >>> digitBits
    const above = (level + 1) * digitBits
    return ((this.#tick >>> above) << above) + ((list & digitMask) << (level * digitBits))
  }

  #tickOf(now: number): number {
    return Math.min(span - 1, Math.floor((now - this.#origin) / tickMs))
  }
}
