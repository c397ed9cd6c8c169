/**
 * How many entries the window of new entries should hold.
 *
 * The question: of the hits that a wider window would have got, how many would the main part, narrower then, have lost?
 * Both are seen without a shadow cache.
 * - *Reuses*. A window is first-in-first-out, so an entry that is used again `d` misses after it came is a hit in any
 *   window wider than `d`. `d` is known for uses in the window (of sampled entries) and for keys that come back after
 *   they left (from the ghost). A histogram of `d` is therefore the number of hits at every width at once.
 * - *Yield*. Main's hits (of sampled entries) by its number of entries: what one entry less costs.
 *
 * The width with the best `hits(width) - yield * width` wins. `d` counts misses, and there are more of them when main
 * is narrower: the reuses are stretched by that before they are counted, otherwise a loop longer than the cache would
 * promise hits that vanish once main has given way. A use counts while the entry's counter is not full, so that a few
 * keys in great demand, which stay anyway, do not speak for their neighbours.
 *
 * The counts fade with a half-life of nearly two cache-fulls of misses; a change must promise more than noise, and a
 * narrower window more than a wider one, which is the smaller risk.
 *
 * Rejected: climbing by trial (Caffeine's; a step of it takes ten cache-fulls, too slow for small caches), and shadow
 * caches over sampled keys (memory, and time on every sampled use).
 */
export interface WindowShare {
  /** Entries the window should hold. */
  width: number
  /** Main has earned nothing for so long that what leaves the window should replace it. */
  readonly renewing: boolean
  /** A sampled use in the window, or the return of a key from the ghost, `age` units after it came. */
  reused(age: number, weight: number): void
  /** A sampled use in main. */
  earned(weight: number): void
  /** A unit of misses has passed. */
  review(sizes: Sizes): void
}

/** The state of the cache at a review. */
export interface Sizes {
  /** Entries in the cache. */
  entries: number
  /** Entries in main. */
  main: number
  /** Misses in a unit of age. */
  unit: number
  /** How many entries a sampled one stands for. */
  weight: number
}

/** A window of a tenth until there is evidence. */
export function createWindowShare(): WindowShare {
  return new ReuseShare()
}

/** The window until there is evidence: the size S3-FIFO found good for nearly everything. */
const firstShare = 0.1
/** The narrowest: enough to measure reuses by. */
const leastShare = 0.02
/** The widest: main keeps something, so that its yield stays known. */
const mostShare = 15 / 16
/** Ages counted, in units; older ones could not be hits at any width. */
const ages = 32
/** What stays of a count after one unit, a sixteenth of a cache-full of misses. */
const fade = 0.975
/** A better width must be better by this share of all hits counted, and by this many sampled hits. */
const leastGain = 0.01
const leastHits = 4
/** The share for a narrower window. */
const leastNarrowing = 0.04

/** Main is of no use if it gets less than this for a miss, */
const leastYield = 0.01
/** for this many units, 16 cache-fulls of misses, */
const leastPatience = 256
/** and is then replaced during one cache-full. */
const renewal = 16

class ReuseShare implements WindowShare {
  readonly #reuses = new Float64Array(ages)
  #earned = 0
  #misses = 0
  #share = firstShare
  #quiet = 0
  #patience = leastPatience
  width = 1
  renewing = false

  reused(age: number, weight: number): void {
    if (age < ages) this.#reuses[age] = (this.#reuses[age] as number) + weight
  }

  earned(weight: number): void {
    this.#earned += weight
  }

  review(sizes: Sizes): void {
    this.#misses += sizes.unit
    this.#choose(sizes)
    this.#watch()
    this.width = Math.max(1, Math.round(this.#share * sizes.entries))
    for (let age = 0; age < ages; age++) this.#reuses[age] = (this.#reuses[age] as number) * fade
    this.#earned *= fade
    this.#misses *= fade
  }

  /** Each renewal that does not help makes the next one come later: a loop of any length is kept in the end. */
  #watch(): void {
    if (this.#earned > this.#misses * leastYield) {
      this.#quiet = 0
      this.#patience = leastPatience
    } else this.#quiet += 1
    this.renewing = this.#quiet > this.#patience
    if (this.#quiet < this.#patience + renewal) return
    this.#quiet = 0
    this.#patience *= 2
  }

  #choose(sizes: Sizes): void {
    const { entries } = sizes
    let all = this.#earned
    for (let age = 0; age < ages; age++) all += this.#reuses[age] as number
    const now = this.#value(this.#share * entries, sizes)
    let best = leastShare * entries
    let value = this.#value(best, sizes)
    const step = entries / 32
    for (let width = step; width <= mostShare * entries; width += step) {
      if (width <= best) continue
      const other = this.#value(width, sizes)
      if (other <= value) continue
      best = width
      value = other
    }
    const gain = best < this.#share * entries ? leastNarrowing : leastGain
    if (value > now + gain * all + leastHits * sizes.weight) this.#share = best / entries
  }

  /** Hits of a window of `width`, less what main does not earn for it. */
  #value(width: number, sizes: Sizes): number {
    const lost = (0.75 * (width - this.#share * sizes.entries) * this.#earned) / Math.max(1, sizes.main)
    const stretch = Math.max(0.1, 1 + lost / this.#misses)
    return this.#hits(width / sizes.unit / stretch) - lost
  }

  /** Reuses within `reach` units. */
  #hits(reach: number): number {
    let hits = 0
    for (let age = 0; age < ages && age < reach; age++)
      hits += (this.#reuses[age] as number) * Math.min(1, reach - age)
    return hits
  }
}
