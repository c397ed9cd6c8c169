/** The least that a lookup and a bounded store cost. */
import type { Cache, CacheOptions, Maker, View } from './cache.ts'

/** A plain `Map`: no bound, no expiry. */
export const mapMaker: Maker = () => new MapCache()

/** A `Map` and a ring of its keys, the oldest overwritten: the cheapest bounded cache. */
export const ringMaker: Maker = options => new RingCache(options)

class MapCache implements Cache {
  readonly #map = new Map<string, object>()

  get(key: string): unknown {
    return this.#map.get(key)
  }

  set(key: string, value: object): void {
    this.#map.set(key, value)
  }

  /** A Map for each namespace. */
  open(): View {
    return this
  }

  close(): void {
    this.#map.clear()
  }
}

class RingCache implements Cache {
  readonly #map = new Map<string, object>()
  readonly #ring: string[]
  readonly #capacity: number
  #next = 0

  constructor({ capacity }: CacheOptions) {
    this.#capacity = capacity
    this.#ring = new Array<string>(capacity).fill('')
  }

  get(key: string): unknown {
    return this.#map.get(key)
  }

  set(key: string, value: object): void {
    if (!this.#map.has(key)) {
      if (this.#map.size === this.#capacity) this.#map.delete(this.#ring[this.#next] as string)
      this.#ring[this.#next] = key
      this.#next = this.#next + 1 === this.#capacity ? 0 : this.#next + 1
    }
    this.#map.set(key, value)
  }

  close(): void {
    this.#map.clear()
  }
}
