/** What every cache under test looks like to the loops: a call is inlined, as a process runs one cache only. */
export interface Cache extends View {
  /** The keys of the namespace `x`, as its user would write it; absent where there is no such thing. */
  open?(): View
  close(): void
}

export interface View {
  /** `undefined` is a miss. */
  get(key: string): unknown
  set(key: string, value: object): void
}

export interface CacheOptions {
  readonly capacity: number
  /** `Infinity`: no expiry at all. */
  readonly ttlMs: number
}

/** A kind of cache. */
export type Maker = (options: CacheOptions) => Cache

export const namespace = 'x'

/** A namespace where the cache has none: every key is joined. */
export class JoinedView implements View {
  readonly #cache: Cache

  constructor(cache: Cache) {
    this.#cache = cache
  }

  get(id: string): unknown {
    return this.#cache.get(`${namespace}:${id}`)
  }

  set(id: string, value: object): void {
    this.#cache.set(`${namespace}:${id}`, value)
  }
}
