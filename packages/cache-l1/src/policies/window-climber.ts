/**
 * How much of a W-TinyLFU cache is its window, found by hill climbing: Einziger, Eytan, Friedman, Manes, "Adaptive
 * software cache management" (Middleware 2018). After each sample of ten uses an entry the hit ratio is compared with
 * that of the sample before: better, and the share goes on in the same direction; worse, and it turns round. Steps
 * shrink, so that the share settles; a sudden change of the hit ratio makes them large again. At either end the direction
 * turns as well, which the published climber leaves out: an unchanged hit ratio then presses it against the end for good.
 *
 * Its fault: samples are long, so a load that changes its nature more often than every few of them is followed late.
 */

const leastShare = 0.01
/** Beyond it the protected part would be gone. */
const mostShare = 0.8
const firstStep = 0.0625
const decay = 0.98
/** A change of the hit ratio that means another load. */
const upheaval = 0.05
const usesAnEntry = 10

export class WindowClimber {
  /** Part of the cache that the window is to have. */
  share = leastShare
  #step = -firstStep
  #lastRatio = 0
  #hits = 0
  #asks = 0

  /** A key was asked for while `entries` were in the cache. */
  record(hit: boolean, entries: number): void {
    this.#asks += 1
    if (hit) this.#hits += 1
    if (this.#asks >= usesAnEntry * entries) this.#climb()
  }

  reset(): void {
    this.share = leastShare
    this.#step = -firstStep
    this.#lastRatio = 0
    this.#hits = 0
    this.#asks = 0
  }

  #climb(): void {
    const ratio = this.#hits / this.#asks
    const change = ratio - this.#lastRatio
    const move = change >= 0 ? this.#step : -this.#step
    this.share = Math.min(mostShare, Math.max(leastShare, this.share + move))
    this.#step = Math.abs(change) >= upheaval ? Math.sign(move) * firstStep : move * decay
    if (this.share === leastShare) this.#step = Math.abs(this.#step)
    else if (this.share === mostShare) this.#step = -Math.abs(this.#step)
    this.#lastRatio = ratio
    this.#hits = 0
    this.#asks = 0
  }
}
