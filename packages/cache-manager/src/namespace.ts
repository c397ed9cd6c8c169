/**
 * A cache under a prefix: the same tiers, the same engine, keys and tags of its own. The prefix is escaped, so that `a` within
 * `b` and the one prefix `b:a` are two namespaces.
 */
import { checkText } from '@greenlang/core'
import { escapePattern } from '@greenlang/invalidation'
import { checkSource, checkTarget, isMapLike } from './arguments.ts'
import type { CacheMethods, ClaimedSlot, InvalidateTarget, SetResult } from './cache-types.ts'
import { PartialLoadError } from './error.ts'
import type { KeepOptions, Loader, ManyLoadContext, ManyLoader } from './load-types.ts'
import type { WarmItem } from './warming/warm-types.ts'

/**
 * @param defaultTags Of the cache. What is kept here has them too, and has them as tags of the namespace.
 * @throws InvalidOptionError for a prefix that is empty.
 */
export function namespaced(
  cache: CacheMethods,
  prefix: string,
  defaultTags: readonly string[] = [],
): CacheMethods {
  return new Namespace(cache, escaped(prefix), { names: defaultTags, outer: defaultTags })
}

interface DefaultTags {
  /** As the cache was given them. */
  readonly names: readonly string[]
  /** As the cache and the namespaces around this one know them. */
  readonly outer: readonly string[]
}

/** What is no key, no tag and no list of them goes to the cache as it is, which refuses it in its own words. */
class Namespace implements CacheMethods {
  readonly #cache: CacheMethods
  readonly #prefix: string
  readonly #defaults: DefaultTags

  constructor(cache: CacheMethods, prefix: string, { names, outer }: DefaultTags) {
    this.#cache = cache
    this.#prefix = prefix
    this.#defaults = { names, outer: [...outer, ...names.map(name => this.#within(name))] }
  }

  get name(): string {
    return this.#cache.name
  }

  getOrSet: CacheMethods['getOrSet'] = (key, load, options) =>
    this.#cache.getOrSet(this.#within(key), this.#loader(load), this.#tagged(options))

  getOrSetDetailed: CacheMethods['getOrSetDetailed'] = (key, load, options) =>
    this.#cache.getOrSetDetailed(this.#within(key), this.#loader(load), this.#tagged(options))

  getOrSetMany: CacheMethods['getOrSetMany'] = async (keys, loadMany, options) => {
    try {
      const values = await this.#cache.getOrSetMany(
        this.#allWithin(keys),
        this.#manyLoader(loadMany),
        this.#tagged(options),
      )
      return this.#bare(values)
    } catch (error) {
      if ((error as PartialLoadError | undefined)?.code !== 'PARTIAL_LOAD') throw error
      const { values, errors } = error as PartialLoadError
      throw new PartialLoadError(this.#bare(values), this.#bare(errors))
    }
  }

  get: CacheMethods['get'] = (key, options) => this.#cache.get(this.#within(key), options)

  getDetailed: CacheMethods['getDetailed'] = (key, options) =>
    this.#cache.getDetailed(this.#within(key), options)

  async getMany<T>(...[keys, options]: Parameters<CacheMethods['getMany']>): Promise<ReadonlyMap<string, T>> {
    return this.#bare(await this.#cache.getMany<T>(this.#allWithin(keys), options))
  }

  has: CacheMethods['has'] = (key, options) => this.#cache.has(this.#within(key), options)

  set: CacheMethods['set'] = (key, value, options) =>
    this.#cache.set(this.#within(key), value, this.#tagged(options))

  async setMany(...[values, options]: Parameters<CacheMethods['setMany']>): Promise<SetResult> {
    if (typeof values?.entries !== 'function') return this.#cache.setMany(values, options)
    const within = [...values.entries()].map(([key, value]) => [this.#within(key), value] as const)
    return this.#cache.setMany(new Map<string, NonNullable<unknown> | null>(within), this.#tagged(options))
  }

  async claim<T = unknown>(key: string): Promise<ClaimedSlot<T>> {
    const slot = await this.#cache.claim<T>(this.#within(key))
    if (slot.kind === 'found') return slot
    const { kind, set, release } = slot
    return { kind, set: (value, options) => set(value, this.#tagged(options)), release }
  }

  delete: CacheMethods['delete'] = (...keys) => this.#cache.delete(...this.#allWithin(keys))

  invalidate: CacheMethods['invalidate'] = async (target, options) =>
    this.#cache.invalidate(this.#target(target), options)

  /** What begins with the prefix, and nothing else. */
  clear: CacheMethods['clear'] = () =>
    this.#cache.invalidate({ pattern: `${escapePattern(this.#prefix)}*` }, { mode: 'delete' })

  warm: CacheMethods['warm'] = async (source, options) => {
    const items = this.#warmItems(checkSource(source))
    const { load } = options ?? {}
    if (typeof load !== 'function') return this.#cache.warm(items, options)
    return this.#cache.warm(items, { ...options, load: key => load(this.#without(key)) })
  }

  explain: CacheMethods['explain'] = key => this.#cache.explain(this.#within(key))

  namespace: CacheMethods['namespace'] = prefix =>
    new Namespace(this.#cache, `${this.#prefix}${escaped(prefix)}`, this.#defaults)

  #within(name: string): string {
    return typeof name === 'string' ? `${this.#prefix}${name}` : name
  }

  #allWithin(keys: readonly string[]): readonly string[] {
    return Array.isArray(keys) ? keys.map(key => this.#within(key)) : keys
  }

  #without(key: string): string {
    return key.slice(this.#prefix.length)
  }

  #bare<T>(values: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    return new Map([...values].map(([key, value]) => [this.#without(key), value]))
  }

  /** What the caller tags it with, else the default tags. */
  #tagged<O extends Tagged | undefined>(options: O): O | (O & Tagged) {
    const { outer } = this.#defaults
    if (outer.length === 0 || options === null || (options !== undefined && typeof options !== 'object'))
      return this.#prefixed(options)
    return options?.tags === undefined ? { ...options, tags: outer } : this.#prefixed(options)
  }

  #prefixed<O extends Tagged | undefined>(options: O): O {
    const tags: readonly unknown[] | undefined = options?.tags
    const areNames = Array.isArray(tags) && tags.every(tag => typeof tag === 'string' && tag !== '')
    return areNames ? { ...options, tags: tags.map(tag => this.#within(tag)) } : options
  }

  #target(target: InvalidateTarget): InvalidateTarget {
    const { kind, names } = checkTarget(target)
    if (kind === 'pattern') return { pattern: `${escapePattern(this.#prefix)}${names}` }
    if (kind === 'version') return { version: { ...names, of: this.#within(names.of) } }
    const within = names.map(name => this.#within(name))
    return kind === 'keys' ? { keys: within } : { tags: within }
  }

  #loader<T>(load: Loader<T>): Loader<T> {
    if (typeof load !== 'function') return load
    return context =>
      load({
        stale: context.stale,
        signal: context.signal,
        configure: options => context.configure(this.#prefixed(options)),
        notModified: () => context.notModified(),
        fail: reason => context.fail(reason),
      })
  }

  #manyLoader<T>(loadMany: ManyLoader<T>): ManyLoader<T> {
    if (typeof loadMany !== 'function') return loadMany
    return async (keys, context) => {
      const bare: ManyLoadContext = {
        stale: this.#bare(context.stale),
        signal: context.signal,
        configure: (key: string, options: KeepOptions) =>
          context.configure(this.#within(key), this.#prefixed(options)),
        notModified: key => context.notModified(this.#within(key)),
        fail: (key, reason) => context.fail(this.#within(key), reason),
      }
      const names = keys.map(key => this.#without(key))
      const values = await loadMany(names, bare)
      if (!isMapLike(values)) return values
      const found = names.filter(name => values.has(name))
      return new Map(found.map(name => [this.#within(name), values.get(name) as T]))
    }
  }

  async *#warmItems(source: Iterable<WarmItem> | AsyncIterable<WarmItem>): AsyncGenerator<WarmItem> {
    for await (const item of source) yield this.#warmItem(item)
  }

  #warmItem(item: WarmItem): WarmItem {
    if (typeof item === 'string') return { ...this.#tagged({}), key: this.#within(item) }
    if (typeof item !== 'object' || item === null) return item
    const { key, load } = item
    return { ...this.#tagged(item), key: this.#within(key), ...(load && { load: this.#loader(load) }) }
  }
}

interface Tagged {
  readonly tags?: readonly string[]
}

/** So that a prefix within another, and one that has both names, are two. */
function escaped(prefix: string): string {
  return `${checkText('prefix', prefix).replaceAll(/[\\:]/g, '\\$&')}:`
}
