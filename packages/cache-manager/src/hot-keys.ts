/**
 * The keys that are asked for most, from a sample of the requests. Counted by *space saving* (Metwally, Agrawal, El Abbadi: "Efficient
 * Computation of Frequent and Top-k Elements in Data Streams", 2005): so many counters, and a key without one takes that of
 * one that was counted little, count included. A key asked for much more often than 1 in `counters` requests is among them.
 */
import { checkInteger } from '@greenlang/core'

export interface HotKey {
  readonly key: string
  /** How often it was asked for, from the sample: at most, for it may have taken over the count of another. */
  readonly requests: number
  /** Of all requests. */
  readonly share: number
}

const counters = 512

/** Looked at for the one counted least, at random: all of them would take as long as thirty hits. */
const candidates = 8

export class HotKeys {
  readonly #places = new Map<string, number>()
  readonly #keys: string[] = []
  /** Requests that they stand for. */
  readonly #counts: number[] = []
  #requests = 0

  /** @throws InvalidOptionError */
  top(most: number): readonly HotKey[] {
    checkInteger('most', most, 1)
    return this.#keys
      .map((key, place) => ({ key, count: this.#counts[place] ?? 0 }))
      .sort((a, b) => b.count - a.count)
      .slice(0, most)
      .map(({ key, count }) => ({ key, requests: count, share: count / this.#requests }))
  }

  /** One of the sample, which stands for so many requests. */
  count(key: string, requests: number): void {
    this.#requests += requests
    const place = this.#places.get(key) ?? this.#takePlace(key)
    this.#counts[place] = (this.#counts[place] ?? 0) + requests
  }

  #takePlace(key: string): number {
    const isFull = this.#keys.length >= counters
    const place = isFull ? this.#leastOfSome() : this.#keys.length
    if (isFull) this.#places.delete(this.#keys[place] ?? '')
    this.#keys[place] = key
    this.#places.set(key, place)
    return place
  }

  #leastOfSome(): number {
    let [least, fewest] = [0, Number.POSITIVE_INFINITY]
    for (let tried = 0; tried < candidates; tried += 1) {
      const place = Math.floor(Math.random() * counters)
      const count = this.#counts[place] ?? 0
      if (count < fewest) [least, fewest] = [place, count]
    }
    return least
  }
}
