/**
 * How many entries the window of new entries should hold.
 *
 * The question: of the hits that a wider window would have got, how many would the main part, narrower then, have lost?
 * Both are seen without a shadow cache.
 * - *Reuses*. A window is first in, first out, so an entry that is used again `d` misses after it came is a hit in any
 *   window wider than `d`. `d` is known for uses in the window (of sampled entries) and for keys that come back after
 *   they left (from the ghost). A histogram of `d` is therefore the number of hits at every width at once.
 * - *Yield*. Main's hits (of sampled entries) by its number of entries: what one entry less costs, nearly. The last
 *   entry of main is worth less than the mean one, so the mean is taken at three quarters.
 *
 * The width with the best `hits(width) - yield * width` wins. `d` counts misses, and there are more of them when main
 * is narrower: the reuses are stretched by that before they are counted, otherwise a loop longer than the cache would
 * promise hits that vanish once main has given way. A use in main counts while the entry's counter is not full, so that a few
 * keys in great demand, which stay anyway, do not speak for their neighbours.
 *
 * The counts fade with a half-life of nearly two cache-fulls of misses; a change must promise more than noise, and a
 * narrower window more than a wider one, which is the smaller risk.
 *
 * Rejected: climbing by trial (Caffeine's; a step of it takes ten cache-fulls, too slow for small caches), shadow
 * caches over sampled keys (memory, and time on every sampled use), and the mean yield of main taken as it is (the
 * window stays too narrow where popularity drifts or only the recent counts).
 */

/** The state of the cache at a review. */
export interface Sizes {
  /** Entries in the cache. */
  readonly entries: number
  /** Entries in main. */
  readonly main: number
  /** Misses in a unit of age. */
  readonly unit: number
  /** How many entries a sampled one stands for. */
  readonly weight: number
}

/** The window until there is evidence: the part of the cache S3-FIFO found good for nearly everything. */
export const firstShare = 0.1
/** The narrowest: enough to measure reuses by. */
const leastShare = 0.02
/** The widest: main keeps something, so that its yield stays known. */
const mostShare = 15 / 16
/** Widths tried are this part of the cache apart. */
const step = 1 / 32
/** Ages counted, in units; older ones could not be hits at any width. */
const ages = 32
/** What stays of a count after one unit, a sixteenth of a cache-full of misses. */
const fade = 0.975
/** What the last entry of main is worth, of what the mean one is. */
const lastOfMain = 0.75
/** Misses are not taken to become fewer than this part of what they are, however wide main is. */
const leastStretch = 0.1
/** A better width must be better by this share of all hits counted, and by this many sampled hits. */
const leastGain = 0.01
const leastHits = 4
/** The share for a narrower window. */
const leastNarrowing = 0.04

/**
 * Misses that the ghost takes for returns at a counted age, at most: half of its 0.8 %. A wider window must be better by
 * more, or a long scan would widen it by such returns alone, at the cost of a hot set that nobody asks for meanwhile.
 */
const falseReturns = 0.004

/** Main is of no use if it gets less than this for a miss, */
const leastYield = 0.01
/** for this many units, 16 cache-fulls of misses, */
const leastPatience = 256
/** and is then replaced during one cache-full. */
const renewal = 16

export class WindowShare {
  /** By age. */
  readonly #reuses = new Float64Array(ages)
  /** By age, the reuses of all smaller ages, at the last review. */
  readonly #sums = new Float64Array(ages + 1)
  #earned = 0
  #misses = 0
  #share = firstShare
  #quiet = 0
  #patience = leastPatience
  /** Entries the window should hold. */
  width = 1
  /** Main has earned nothing for so long that what leaves the window should replace it. */
  renewing = false

  /** @param entries In the cache. */
  constructor(entries = 0) {
    this.#fit(entries)
  }

  /** A sampled use in the window, or the return of a key from the ghost, `age` units after it came. */
  reused(age: number, weight: number): void {
    if (age < ages) this.#reuses[age] = (this.#reuses[age] as number) + weight
  }

  /** A sampled use in main. */
  earned(weight: number): void {
    this.#earned += weight
  }

  /** A unit of misses has passed. */
  review(sizes: Sizes): void {
    this.#misses += sizes.unit
    this.#sum()
    this.#choose(sizes)
    this.#watch()
    this.#fit(sizes.entries)
    this.#earned *= fade
    this.#misses *= fade
  }

  #fit(entries: number): void {
    this.width = Math.max(1, Math.round(this.#share * entries))
  }

  /** Adds the reuses up, and lets them fade. */
  #sum(): void {
    const reuses = this.#reuses
    const sums = this.#sums
    let sum = 0
    for (let age = 0; age < ages; age += 1) {
      const here = reuses[age] as number
      sum += here
      sums[age + 1] = sum
      reuses[age] = here * fade
    }
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
    const reach = sizes.entries / sizes.unit
    const yields = (lastOfMain * sizes.entries * this.#earned) / Math.max(1, sizes.main)
    let best = leastShare
    let value = this.#value(best, reach, yields)
    for (let share = step; share <= mostShare; share += step) {
      const other = this.#value(share, reach, yields)
      if (other <= value) continue
      best = share
      value = other
    }
    const gain = best < this.#share ? leastNarrowing : leastGain
    const all = this.#earned + (this.#sums[ages] as number)
    const now = this.#value(this.#share, reach, yields)
    const doubt = best < this.#share ? 0 : falseReturns * this.#misses
    if (value > now + gain * all + leastHits * sizes.weight + doubt) this.#share = best
  }

  /**
   * Hits of a window of `share` of the cache, less what main does not earn for it.
   * @param reach Units in the cache.
   * @param yields What a main as large as the cache would earn.
   */
  #value(share: number, reach: number, yields: number): number {
    const lost = (share - this.#share) * yields
    const stretch = Math.max(leastStretch, 1 + lost / this.#misses)
    return this.#hits((share * reach) / stretch) - lost
  }

  /** Reuses within `reach` units. */
  #hits(reach: number): number {
    const sums = this.#sums
    if (reach >= ages) return sums[ages] as number
    const whole = Math.trunc(reach)
    const below = sums[whole] as number
    return below + ((sums[whole + 1] as number) - below) * (reach - whole)
  }
}
