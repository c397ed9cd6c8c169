/**
 * The default policy: keeps what is used again soonest, judged by how long ago it was used before.
 *
 * How it works. New entries pass a *window*, first in, first out. An entry used twice there moves to the *main* part;
 * any other leaves at its end, and the *ghost* keeps a print of the key and the time it came, for about twice as many
 * keys as the cache has entries. Main is a CLOCK: its *hand* passes over entries used since it last came by, taking one
 * use off each, and stops at an unused one, the *victim*. Time is counted in misses, in *units* of an sixteenth
 * of the cache.
 *
 * A key that comes back while the ghost remembers it knows its reuse distance: the time since it came. The victim has
 * been unused at least since the hand passed it. The key goes to main if its distance is the shorter of the two;
 * otherwise nothing says it would be used before the victim is, and it goes through the window again. So a loop longer
 * than the cache keeps one part of itself in main and is hit there in every round, where recency alone never hits.
 *
 * While the cache fills up, what overflows the window moves to main: the first entries are as good as any. How wide the
 * window should be is measured all the time; it is between a tenth and nearly all of the cache.
 *
 * A use costs one byte counted by the store. Of every `weight`-th key, chosen by hash, the uses are told, for the
 * measuring; in small caches that is every key. Memory per entry: 8 bytes of links, 1 of uses, 1 of date and queue, 4
 * of ghost.
 *
 * Sources: the two queues and the lazy counting are S3-FIFO's (Yang et al., SOSP 2023); comparing the reuse distance
 * with the time the victim has been unused is LIRS's (Jiang and Zhang, SIGMETRICS 2002).
 *
 * Rejected: S3-FIFO as it is (loses loops: it admits each returning key, and throws away one that would have been used
 * as soon), W-TinyLFU (loses workloads of pure recency, and a sketch is written on every use), deciding returning keys
 * by how often they came (worse than by their distance on every kind of trace but zigzags).
 */
import { lengthened } from '../lengthened.ts'
import { countsTo, type EvictionPolicy, type SlotFacts } from '../policy.ts'
import { createGhost, type Ghost } from './dated-ghost.ts'
import {
  createSlotLinks,
  createSlotQueue,
  growSlotLinks,
  type SlotLinks,
  type SlotQueue,
} from './p2-slot-list.ts'
import { createWindowShare, type WindowShare } from './window-share.ts'

/** Evicts by reuse distance, with a window as wide as the traffic needs. */
export function createReuseDistance(facts: SlotFacts): EvictionPolicy {
  return new ReusePolicy(facts)
}

/** Part of the cache that the window gets while the cache fills up. */
const firstShare = 0.1
/** A window wider than this part of the cache: uses in it need not be one burst, and one is enough for main. */
const wideShare = 1 / 3
/** Units in a cache-full of misses. */
const unitsPerCache = 16
/** Keys the ghost remembers for each entry. */
const ghostShare = 2
/** Dates of slots are kept in 7 bits, next to the queue in the eighth. */
const dateMask = 127
const inMain = 128
/** Ages of slots beyond are cut to it before they wrap around. */
const oldest = 64
/** In `uses`, for an entry whose uses are told: this and its count, up to 255. */
const told = 252
const mostTold = told + countsTo
/** One slot in this many is told, in a cache large enough to have so many told slots; more of them in a smaller one. */
const mostWeight = 16
const leastTold = 256

class ReusePolicy implements EvictionPolicy {
  readonly #facts: SlotFacts
  uses: Uint8Array = new Uint8Array(0)
  /** By slot, when it came or was last passed by the hand, and which queue it is in. */
  #dates = new Uint8Array(0)
  #links: SlotLinks = createSlotLinks(0)
  #window: SlotQueue = createSlotQueue(this.#links)
  #main: SlotQueue = createSlotQueue(this.#links)
  #ghost: Ghost = createGhost(0)
  #share: WindowShare = createWindowShare()
  /** The time, in units; only its lower bits are kept in dates. */
  #now = 0
  #unit = 1
  #missesOfUnit = 0
  #weight = 1
  #swept = 0
  /** Whether an entry was evicted yet: before, time stands still and nothing is measured. */
  #full = false
  /** Whether an entry has come since the last one was evicted: the cache is filling up, perhaps again. */
  #filling = true

  constructor(facts: SlotFacts) {
    this.#facts = facts
  }

  add(slot: number): void {
    this.uses[slot] = this.#isTold(slot) ? told : 0
    if (this.#full && this.#returns(slot)) this.#pushMain(slot)
    else this.#pushWindow(slot)
    if (this.#filling) this.#spill()
    this.#filling = true
  }

  use(slot: number): void {
    const used = this.uses[slot] as number
    if (!this.#isTold(slot)) this.uses[slot] = Math.min(countsTo, this.#countOf(slot) + 1)
    else if (used < mostTold) this.uses[slot] = used + 1
    if (!this.#full || !this.#isTold(slot)) return
    if (!this.#isMain(slot)) this.#share.reused(this.#ageOf(slot), this.#weight)
    else if (used < mostTold) this.#share.earned(this.#weight)
  }

  change(slot: number): void {
    const used = this.uses[slot] as number
    if (used < countsTo) this.uses[slot] = used + 1
    else if (used > countsTo) this.use(slot)
  }

  remove(slot: number): void {
    const queue = this.#isMain(slot) ? this.#main : this.#window
    queue.remove(slot)
  }

  evict(): number {
    const size = this.#window.size + this.#main.size
    if (size === 0) return 0
    this.#filling = false
    if (!this.#full) this.#start(size)
    const slot = this.#evictWindow(size) || this.#victim()
    if (this.#isMain(slot)) this.#main.remove(slot)
    else {
      this.#ghost.put(this.#facts.hashOf(slot), this.#dates[slot] as number)
      this.#window.remove(slot)
    }
    return slot
  }

  grow(length: number): void {
    this.uses = lengthened(this.uses, length)
    this.#dates = lengthened(this.#dates, length)
    growSlotLinks(this.#links, length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#dates = new Uint8Array(0)
    this.#links = createSlotLinks(0)
    this.#window = createSlotQueue(this.#links)
    this.#main = createSlotQueue(this.#links)
    this.#ghost = createGhost(0)
    this.#share = createWindowShare()
    this.#weight = 1
    this.#full = false
    this.#filling = true
  }

  /** The entry at the end of the window that should go; 0 if one of main should. */
  #evictWindow(size: number): number {
    const { width, renewing } = this.#share
    const enough = width > size * wideShare ? 1 : 2
    if (this.#window.size > width + 1) this.#toMain(this.#window.oldest)
    while (this.#window.size > 0 && (this.#window.size >= width || this.#main.size === 0)) {
      const slot = this.#window.oldest
      const count = this.#countOf(slot)
      if (count < enough && !(renewing && count === 0)) return slot
      this.#toMain(slot)
      if (renewing) return 0
    }
    return 0
  }

  /** Whether the key of a new entry is known, and was away for less time than main's victim has been unused. */
  #returns(slot: number): boolean {
    this.#pass()
    const age = this.#ghost.take(this.#facts.hashOf(slot), this.#now)
    if (age < 0) return false
    this.#share.reused(age, 1)
    return this.#main.size === 0 || age < this.#ageOf(this.#victim())
  }

  /** A miss: time goes on. */
  #pass(): void {
    this.#sweep()
    this.#missesOfUnit += 1
    if (this.#missesOfUnit < this.#unit) return
    this.#missesOfUnit = 0
    this.#now += 1
    // With the one that is coming: never 0.
    const entries = this.#window.size + this.#main.size + 1
    this.#share.review({ entries, main: this.#main.size, unit: this.#unit, weight: this.#weight })
    this.#fit(entries)
  }

  /** One slot a miss: often enough that no date is overtaken by the time. */
  #sweep(): void {
    this.#swept = this.#swept + 1 < this.#dates.length ? this.#swept + 1 : 1
    if (this.#ageOf(this.#swept) > oldest) this.#date(this.#swept, this.#now - oldest)
  }

  /** The first eviction: now the cache's size in entries is known. */
  #start(size: number): void {
    this.#full = true
    this.#share.width = Math.max(1, Math.round(size * firstShare))
    this.#fit(size)
  }

  /** Follows the number of entries. The ghost starts anew, so it does not follow every step. */
  #fit(size: number): void {
    this.#unit = Math.max(1, Math.round(size / unitsPerCache))
    this.#weigh(size)
    const cells = size * ghostShare
    if (cells > this.#ghost.length * 1.5 || cells < this.#ghost.length / 4) this.#ghost = createGhost(cells)
  }

  #weigh(size: number): void {
    let weight = 1
    while (weight < mostWeight && size >= weight * 2 * leastTold) weight *= 2
    this.#weight = weight
  }

  /** While the cache fills up, the window gives main what is beyond its width. */
  #spill(): void {
    const size = this.#window.size + this.#main.size
    const width = this.#full ? this.#share.width : size * firstShare
    if (this.#window.size > Math.max(1, width)) this.#toMain(this.#window.oldest)
    if (!this.#full) this.#weigh(size)
  }

  /** The unused entry of main at the hand; 0 if main is empty. */
  #victim(): number {
    for (;;) {
      const slot = this.#main.oldest
      if (this.#countOf(slot) === 0) return slot
      this.uses[slot] = (this.uses[slot] as number) - ((this.#countOf(slot) + 1) >> 1)
      this.#main.renew(slot)
      this.#date(slot, this.#now)
    }
  }

  #pushWindow(slot: number): void {
    this.#dates[slot] = this.#now & dateMask
    this.#window.push(slot)
  }

  #pushMain(slot: number): void {
    this.#dates[slot] = (this.#now & dateMask) | inMain
    this.#main.push(slot)
  }

  /** From the window, with its uses forgotten. */
  #toMain(slot: number): void {
    this.#window.remove(slot)
    this.uses[slot] = (this.uses[slot] as number) & told
    this.#pushMain(slot)
  }

  #countOf(slot: number): number {
    return (this.uses[slot] as number) & 3
  }

  #isMain(slot: number): boolean {
    return (this.#dates[slot] as number) >= inMain
  }

  /** By slot, not by key: a key in great demand is told today and not tomorrow. */
  #isTold(slot: number): boolean {
    return (slot & (this.#weight - 1)) === 0
  }

  /** Units since the entry came, or since the hand passed it. */
  #ageOf(slot: number): number {
    return (this.#now - (this.#dates[slot] as number)) & dateMask
  }

  #date(slot: number, date: number): void {
    this.#dates[slot] = ((this.#dates[slot] as number) & inMain) | (date & dateMask)
  }
}
