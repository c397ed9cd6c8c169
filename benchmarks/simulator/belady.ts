/**
 * The best that any policy can do that must keep what it just loaded: on a miss in a full cache, the entry whose next
 * request is farthest away goes (Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems
 * Journal 1966; proof in Mattson et al. 1970). Ours is the variant without bypass: a missed key is always stored, as every
 * online policy here does on `set`. A policy that refuses the newcomer at once may therefore beat it by a little.
 *
 * Entries are in a binary heap, the farthest next request on top, with the place of each key in it: a hit moves its key up
 * from the bottom, as its next request was the nearest of all. O(log capacity) a request; memory grows with the keys only.
 */
import type { Trace } from './trace.ts'

/** For each request, the index of the next one of the same key; the number of requests where there is none. */
export function nextRequests({ requests, unique }: Trace): Uint32Array {
  const next = new Uint32Array(requests.length)
  const latest = new Uint32Array(unique).fill(requests.length)
  for (let at = requests.length - 1; at >= 0; at -= 1) {
    const key = requests[at] as number
    next[at] = latest[key] as number
    latest[key] = at
  }
  return next
}

export interface Offline {
  readonly hits: number
  /** Bytes of the requests that hit, where the trace has sizes. */
  readonly hitBytes: number
}

/** `next` as of `nextRequests`: the same for each capacity. */
export function belady(trace: Trace, capacity: number, next: Uint32Array): Offline {
  const { requests, unique, sizes } = trace
  const cache = new FarthestHeap(Math.min(capacity, unique), unique)
  let [hits, hitBytes] = [0, 0]
  for (let at = 0; at < requests.length; at += 1) {
    const key = requests[at] as number
    if (cache.put(key, next[at] as number)) {
      hits += 1
      hitBytes += sizes?.[key] ?? 0
    }
  }
  return { hits, hitBytes }
}

const absent = -1

class FarthestHeap {
  readonly #capacity: number
  readonly #keys: Uint32Array
  readonly #placeOf: Int32Array
  readonly #nextOf: Uint32Array
  #size = 0

  constructor(capacity: number, unique: number) {
    this.#capacity = capacity
    this.#keys = new Uint32Array(capacity)
    this.#placeOf = new Int32Array(unique).fill(absent)
    this.#nextOf = new Uint32Array(unique)
  }

  /** Whether it was there. It is now, and another one may have gone. */
  put(key: number, next: number): boolean {
    this.#nextOf[key] = next
    const place = this.#placeOf[key] as number
    if (place !== absent) {
      this.#rise(place, key)
      return true
    }
    if (this.#size < this.#capacity) {
      this.#size += 1
      this.#rise(this.#size - 1, key)
    } else {
      this.#placeOf[this.#keys[0] as number] = absent
      this.#sink(0, key)
    }
    return false
  }

  #rise(from: number, key: number): void {
    const next = this.#nextOf[key] as number
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.#keys[above] as number
      if ((this.#nextOf[other] as number) >= next) break
      this.#lay(place, other)
      place = above
    }
    this.#lay(place, key)
  }

  #sink(from: number, key: number): void {
    const next = this.#nextOf[key] as number
    let place = from
    for (let below = 2 * place + 1; below < this.#size; below = 2 * place + 1) {
      if (below + 1 < this.#size && this.#nextAt(below + 1) > this.#nextAt(below)) below += 1
      if (this.#nextAt(below) <= next) break
      this.#lay(place, this.#keys[below] as number)
      place = below
    }
    this.#lay(place, key)
  }

  #nextAt(place: number): number {
    return this.#nextOf[this.#keys[place] as number] as number
  }

  #lay(place: number, key: number): void {
    this.#keys[place] = key
    this.#placeOf[key] = place
  }
}
