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

/** One request in so many is counted, in the mean: at random, or what comes in turn would be missed or found each time. */
const sampleEvery = 64
const counters = 512

export class HotKeys {
  readonly #counts = new Map<string, number>()
  #samples = 0
  #skip = 1

  /** With each request. */
  sample(key: string): void {
    this.#skip -= 1
    if (this.#skip > 0) return
    this.#skip = 1 + Math.floor(Math.random() * (2 * sampleEvery - 1))
    this.#count(key)
  }

  /** @throws InvalidOptionError */
  top(most: number): readonly HotKey[] {
    checkInteger('most', most, 1)
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([key, count]) => ({ key, requests: count * sampleEvery, share: count / this.#samples }))
  }

  #count(key: string): void {
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
}
