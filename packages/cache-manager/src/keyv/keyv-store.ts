/**
 * A cache as a store of Keyv 5, and so of what builds on Keyv: cache-manager 7, the cache module of NestJS. What Keyv hands
 * over is stored as it is, with its ttl; Keyv itself is not needed here.
 */
import { InvalidArgumentError, isGreenlangError } from '@greenlang/core'
import type { CacheMethods } from '../cache-types.ts'
import { checkKeyvStoreOptions, type KeyvStoreOptions } from './keyv-store-options.ts'

export interface KeyvEntry {
  readonly key: string
  readonly value: unknown
  /** In ms. Default: that of the store. */
  readonly ttl?: number | undefined
}

/** What Keyv calls. Keys may be listed by no cache, so there is no `iterator`. */
export interface KeyvStore {
  /** The namespace of the Keyv instance, which sets it: each has keys of its own. */
  namespace?: string | undefined
  readonly opts: Readonly<KeyvStoreOptions>
  get<Value>(key: string): Promise<Value | undefined>
  /** In the order of the keys, `undefined` for a miss. */
  getMany<Value>(keys: string[]): Promise<(Value | undefined)[]>
  /** Whether it is stored. */
  set(key: string, value: unknown, ttl?: number): Promise<boolean>
  /** Whether each of them is stored. */
  setMany(entries: readonly KeyvEntry[]): Promise<never>
  has(key: string): Promise<boolean>
  hasMany(keys: string[]): Promise<boolean[]>
  /** Whether it was there. */
  delete(key: string): Promise<boolean>
  /** Whether one of them at least was there. */
  deleteMany(keys: string[]): Promise<boolean>
  /** Gone is what the namespace of this Keyv holds; of several on one store, what all of them hold. */
  clear(): Promise<void>
  /** The cache stays open: whoever opened it closes it. */
  disconnect(): Promise<void>
  /** Nothing is ever emitted: a tier that fails is told to the observer of the cache. */
  on(event: string, listener: (...values: never[]) => void): this
}

/**
 * The cache as a store: `new Keyv({ store: keyvStore(cache) })`.
 * @throws InvalidArgumentError for what is no cache. InvalidOptionError for a bad option.
 */
export function keyvStore(cache: CacheMethods, options: KeyvStoreOptions = {}): KeyvStore {
  const { namespace, ttlMs } = checkKeyvStoreOptions(options)
  if (typeof cache?.namespace !== 'function' || typeof cache.setMany !== 'function')
    throw new InvalidArgumentError('cache', 'what createCache made, or a namespace of it', cache)
  return new CacheStore(cache.namespace(namespace), ttlMs, Object.freeze({ ...options }))
}

class CacheStore implements KeyvStore {
  readonly opts: Readonly<KeyvStoreOptions>
  readonly #all: CacheMethods
  readonly #ttlMs: number
  #own: CacheMethods
  #namespace: string | undefined
  /** Namespaces that instances of Keyv have given this object, and none until then. */
  readonly #names = new Set<string | undefined>([undefined])
  #isNamed = false

  constructor(all: CacheMethods, ttlMs: number, opts: Readonly<KeyvStoreOptions>) {
    this.opts = opts
    this.#all = all
    this.#ttlMs = ttlMs
    this.#own = within(all, undefined)
  }

  get namespace(): string | undefined {
    return this.#namespace
  }

  set namespace(namespace: string | undefined) {
    if (!this.#isNamed) this.#names.clear()
    this.#isNamed = true
    this.#names.add(namespace)
    const [oldest] = this.#names
    if (this.#names.size > mostNames) this.#names.delete(oldest)
    this.#namespace = namespace
    this.#own = within(this.#all, namespace)
  }

  get<Value>(key: string): Promise<Value | undefined> {
    return orElse(undefined, () => this.#own.get<Value>(key))
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    const found = await orElse(new Map<string, Value>(), () => this.#own.getMany<Value>(keys))
    return keys.map(key => found.get(key))
  }

  set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    return this.#put(new Map([[key, value]]), ttl)
  }

  async setMany(entries: readonly KeyvEntry[]): Promise<never> {
    // Of entries with one key the last counts.
    const last = new Map(entries.map(entry => [entry.key, entry]))
    const byTtl = new Map<number | undefined, Map<string, unknown>>()
    for (const { key, value, ttl } of last.values()) {
      const group = byTtl.get(ttl) ?? new Map<string, unknown>()
      byTtl.set(ttl, group.set(key, value))
    }
    const stored = new Map<number | undefined, boolean>()
    const groups = [...byTtl].map(async ([ttl, values]) => stored.set(ttl, await this.#put(values, ttl)))
    await Promise.all(groups)
    // The types of Keyv say that nothing is returned; Keyv returns it to its caller as an array of booleans.
    return entries.map(({ key }) => stored.get(last.get(key)?.ttl) === true) as never
  }

  has(key: string): Promise<boolean> {
    return orElse(false, () => this.#own.has(key))
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    const found = await orElse(new Map<string, unknown>(), () => this.#own.getMany(keys))
    return keys.map(key => found.has(key))
  }

  delete(key: string): Promise<boolean> {
    return this.deleteMany([key])
  }

  deleteMany(keys: string[]): Promise<boolean> {
    return orElse(false, async () => {
      const found = await this.#own.getMany(keys)
      await this.#own.delete(...keys)
      return found.size > 0
    })
  }

  clear(): Promise<void> {
    return orElse(undefined, async () => {
      // Which of the instances on this object asks cannot be told.
      await Promise.all([...this.#names].map(name => within(this.#all, name).clear()))
    })
  }

  async disconnect(): Promise<void> {}

  on(): this {
    return this
  }

  #put(values: ReadonlyMap<string, unknown>, ttl: number | undefined): Promise<boolean> {
    return orElse(false, async () => {
      // To Keyv, 0 is no ttl, and a negative one is over already.
      if (ttl !== undefined && ttl < 0) {
        await this.#own.delete(...values.keys())
        return true
      }
      const options = { ttl: ttl || this.#ttlMs }
      const { stored } = await this.#own.setMany(values as ReadonlyMap<string, NonNullable<unknown>>, options)
      return stored
    })
  }
}

/** Whoever gives one object more is past what `clear` can promise. */
const mostNames = 1_000

/** Keys of a Keyv without a namespace are apart from those of one with any. */
function within(all: CacheMethods, namespace: string | undefined): CacheMethods {
  return all.namespace(namespace === undefined ? '-' : `=${namespace}`)
}

const misuse = ['CLOSED', 'INVALID_ARGUMENT', 'INVALID_OPTION']

/** A cache may lose data, never a request: only misuse is told to Keyv. */
async function orElse<T>(lost: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (misuse.some(code => isGreenlangError(error, code))) throw error
    return lost
  }
}
