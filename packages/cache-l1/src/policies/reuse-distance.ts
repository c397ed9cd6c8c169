/**
 * The default policy: keeps what is used again soonest, judged by how long ago it was used before.
 *
 * How it works. New entries pass a *window*, first in, first out. An entry used twice there moves to the *main* part;
 * any other leaves at its end. The *ghost* keeps a print of each key and the time it came, for about twice as many keys as
 * the cache has entries: it is told when a key comes, not when it leaves, for then the key would have to be hashed again
 * (measured: a fifth of what a miss costs; hits stay the same). Main is a CLOCK: its *hand* passes over entries used since it last came by, halving
 * their uses, and stops at an unused one, the *victim*. Time is counted in misses, in *units* of a sixteenth of the
 * cache.
 *
 * A key that comes back while the ghost remembers it knows its reuse distance: the time since it came. The victim has
 * been unused at least since the hand passed it. The key goes to main if its distance is the shorter of the two;
 * otherwise nothing says it would be used before the victim is, and it goes through the window again. So a loop longer
 * than the cache keeps one part of itself in main and is hit there in every round, where recency alone never hits.
 *
 * While the cache fills up, what overflows the window moves to main: the first entries are as good as any. How wide the
 * window should be is measured all the time (see window-share.ts); it is between a fiftieth and nearly all of the cache.
 *
 * A use costs one byte counted by the store. Of every `weight`-th slot the uses are *told*, for the measuring; in small
 * caches that is every slot. Memory per entry: 8 bytes of links, 1 of uses, 1 of date and list, 4 of ghost.
 *
 * Sources: the two queues and the lazy counting are S3-FIFO's (Yang et al., SOSP 2023); comparing the reuse distance
 * with the time the victim has been unused is LIRS's (Jiang and Zhang, SIGMETRICS 2002).
 *
 * Rejected: S3-FIFO as it is (loses loops: it admits each returning key, and throws away one that would have been used
 * as soon), W-TinyLFU (loses workloads of pure recency, and a sketch is written on every use), deciding returning keys
 * by how often they came (worse than by their distance on every kind of trace but zigzags), one use less for each pass
 * of the hand (what was popular once stays too long).
 */
import { lengthened } from '../lengthened.ts'
import { countsTo, type EvictionPolicy, type SlotFacts } from '../policy.ts'
import { DatedGhost } from './dated-ghost.ts'
import { SlotDates } from './slot-dates.ts'
import { SlotLists } from './slot-list.ts'
import { firstShare, WindowShare } from './window-share.ts'

/** Evicts by reuse distance, with a window as wide as the traffic needs. */
export function createReuseDistance(facts: SlotFacts): EvictionPolicy {
  return new ReuseDistance(facts)
}

const window = 0
const main = 1

/** Uses in the window that an entry needs for main. */
const enoughUses = 2
/** A window wider than this part of the cache: uses in it need not be one burst, and one is enough for main. */
const wideShare = 1 / 3
/** Units in a cache-full of misses. */
const unitsPerCache = 16
/** Keys the ghost remembers for each entry. */
const ghostShare = 2
/** The ghost is replaced when it should have more cells than this many times those it has, */
const ghostGrows = 1.5
/** or fewer than this part of them. */
const ghostShrinks = 1 / 4
/** In `uses`, for an entry whose uses are told: this and its count, up to 255. */
const told = 252
const mostTold = told + countsTo
/** One slot in this many is told, in a cache large enough to have so many told slots; more of them in a smaller one. */
const mostWeight = 16
const leastTold = 256

class ReuseDistance implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #facts: SlotFacts
  readonly #lists = new SlotLists(2)
  /** Since it came to its list, or was last passed by the hand. */
  readonly #dates = new SlotDates()
  #windowSize = 0
  #mainSize = 0
  #ghost = new DatedGhost(0)
  #share = new WindowShare()
  #unit = 1
  #missesOfUnit = 0
  #weight = 1
  /** Whether an entry was evicted yet: before, time stands still and nothing is measured. */
  #full = false
  /** Whether an entry has come since the last one was evicted: the cache is filling up, perhaps again. */
  #filling = true

  constructor(facts: SlotFacts) {
    this.#facts = facts
  }

  add(slot: number): void {
    this.uses[slot] = this.#isTold(slot) ? told : 0
    if (this.#full && this.#returns(slot)) {
      this.#mainSize += 1
      this.#enter(slot, main)
    } else {
      this.#windowSize += 1
      this.#enter(slot, window)
    }
    if (this.#filling) this.#spill()
    this.#filling = true
  }

  use(slot: number): void {
    const used = this.uses[slot] as number
    if (!this.#isTold(slot)) this.uses[slot] = Math.min(countsTo, this.#countOf(slot) + 1)
    else if (used < mostTold) this.uses[slot] = used + 1
    if (!this.#full || !this.#isTold(slot)) return
    if (this.#dates.listOf(slot) === window) this.#share.reused(this.#dates.ageOf(slot), this.#weight)
    else if (used < mostTold) this.#share.earned(this.#weight)
  }

  change(slot: number): void {
    const used = this.uses[slot] as number
    if (used < countsTo) this.uses[slot] = used + 1
    else if (used > countsTo) this.use(slot)
  }

  remove(slot: number): void {
    this.#lists.remove(slot)
    if (this.#dates.listOf(slot) === window) this.#windowSize -= 1
    else this.#mainSize -= 1
  }

  evict(): number {
    const entries = this.#windowSize + this.#mainSize
    if (entries === 0) return 0
    this.#filling = false
    if (!this.#full) this.#start(entries)
    const slot = this.#lastOfWindow(entries) || this.#victim()
    this.remove(slot)
    return slot
  }

  /** Who was used goes later than who was not, and of those alike, who is in main. */
  ranking(): (slot: number) => number {
    return slot => 2 * this.#countOf(slot) + (this.#dates.listOf(slot) === main ? 1 : 0)
  }

  grow(length: number): void {
    this.uses = lengthened(this.uses, length)
    this.#dates.grow(length)
    this.#lists.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#dates.clear()
    this.#lists.clear()
    this.#windowSize = 0
    this.#mainSize = 0
    this.#ghost = new DatedGhost(0)
    this.#share = new WindowShare()
    this.#unit = 1
    this.#missesOfUnit = 0
    this.#weight = 1
    this.#full = false
    this.#filling = true
  }

  /** The entry at the end of the window that should go; 0 if one of main should. */
  #lastOfWindow(entries: number): number {
    const { width, renewing } = this.#share
    const enough = width > entries * wideShare ? 1 : enoughUses
    if (this.#windowSize > width + 1) this.#toMain(this.#lists.oldest(window))
    while (this.#windowSize > 0 && (this.#windowSize >= width || this.#mainSize === 0)) {
      const slot = this.#lists.oldest(window)
      const count = this.#countOf(slot)
      if (count < enough && !(renewing && count === 0)) return slot
      this.#toMain(slot)
      if (renewing) return 0
    }
    return 0
  }

  /** Whether the key of a new entry is known, and was away for less time than main's victim has been unused. */
  #returns(slot: number): boolean {
    this.#miss()
    const hash = this.#facts.hashOf(slot)
    const age = this.#ghost.meet(hash, this.#dates.now)
    if (age < 0) return false
    this.#share.reused(age, 1)
    if (this.#mainSize > 0 && age >= this.#dates.ageOf(this.#victim())) return false
    // Who leaves main again is not to come back on the strength of this visit.
    this.#ghost.forget(hash)
    return true
  }

  /** Time goes on. */
  #miss(): void {
    this.#dates.sweep()
    this.#missesOfUnit += 1
    if (this.#missesOfUnit >= this.#unit) this.#review()
  }

  #review(): void {
    // With the one that is coming: never 0.
    const entries = this.#windowSize + this.#mainSize + 1
    this.#missesOfUnit = 0
    this.#share.review({ entries, main: this.#mainSize, unit: this.#unit, weight: this.#weight })
    this.#fit(entries)
    this.#dates.pass(this.#unit)
  }

  /** The first eviction: now the cache's size in entries is known. */
  #start(entries: number): void {
    this.#full = true
    this.#share = new WindowShare(entries)
    this.#fit(entries)
  }

  /** Follows the number of entries. The ghost starts anew, so it does not follow every step. */
  #fit(entries: number): void {
    this.#unit = Math.max(1, Math.round(entries / unitsPerCache))
    this.#weigh(entries)
    const cells = entries * ghostShare
    const { length } = this.#ghost
    if (cells > length * ghostGrows || cells < length * ghostShrinks) this.#ghost = new DatedGhost(cells)
  }

  #weigh(entries: number): void {
    let weight = 1
    while (weight < mostWeight && entries >= weight * 2 * leastTold) weight *= 2
    this.#weight = weight
  }

  /** While the cache fills up, the window gives main what is beyond its width. */
  #spill(): void {
    const entries = this.#windowSize + this.#mainSize
    const width = this.#full ? this.#share.width : entries * firstShare
    if (this.#windowSize > Math.max(1, width)) this.#toMain(this.#lists.oldest(window))
    if (!this.#full) this.#weigh(entries)
  }

  /** The unused entry of main at the hand; 0 if main is empty. */
  #victim(): number {
    for (;;) {
      const slot = this.#lists.oldest(main)
      const count = this.#countOf(slot)
      if (count === 0) return slot
      this.uses[slot] = (this.uses[slot] as number) - ((count + 1) >> 1)
      this.#lists.touch(slot, main)
      this.#dates.enter(slot, main)
    }
  }

  #enter(slot: number, list: number): void {
    this.#dates.enter(slot, list)
    this.#lists.append(slot, list)
  }

  /** From the window, with its uses forgotten. */
  #toMain(slot: number): void {
    this.uses[slot] = (this.uses[slot] as number) & told
    this.#lists.touch(slot, main)
    this.#dates.enter(slot, main)
    this.#windowSize -= 1
    this.#mainSize += 1
  }

  #countOf(slot: number): number {
    return (this.uses[slot] as number) & countsTo
  }

  /** By slot, not by key: a key in great demand is told today and not tomorrow. */
  #isTold(slot: number): boolean {
    return (slot & (this.#weight - 1)) === 0
  }
}
