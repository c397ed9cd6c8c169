/**
 * The keys that are asked for most, from one request in 64. Counted by *space saving* (Metwally, Agrawal, El Abbadi: "Efficient
 * Computation of Frequent and Top-k Elements in Data Streams", 2005): so many counters, and a key without one takes that of
 * the key counted least, count included. A key asked for more often than 1 in `counters` requests is among them.
 */
import { checkInteger } from '@greenlang/core'

export interface HotKey {
  readonly key: string
  /** How often it was asked for, from the sample: at most, for it may have taken over the count of another. */
  readonly requests: number
  /** Of all requests. */
  readonly share: number
}

/** One request in so many is counted. A power of 2. */
export const hotKeySample = 64
const counters = 512

export class HotKeys {
  readonly #counts = new Map<string, number>()
  #samples = 0

  count(key: string): void {
    this.#samples += 1
    const known = this.#counts.get(key)
    if (known !== undefined || this.#counts.size < counters) {
      this.#counts.set(key, (known ?? 0) + 1)
      return
    }
    let [least, fewest] = ['', Number.POSITIVE_INFINITY]
    for (const [held, count] of this.#counts) if (count < fewest) [least, fewest] = [held, count]
    this.#counts.delete(least)
    this.#counts.set(key, fewest + 1)
  }

  /** @throws InvalidOptionError */
  top(most: number): readonly HotKey[] {
    checkInteger('most', most, 1)
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([key, count]) => ({ key, requests: count * hotKeySample, share: count / this.#samples }))
  }
}
