/**
 * A cache under a prefix: the same tiers, the same engine, keys and tags of its own. The prefix is escaped, so that `a` within
 * `b` and the one prefix `b:a` are two namespaces.
 */
import { checkKey, checkText } from '@greenlang/core'
import { escapePattern } from '@greenlang/invalidation'
import { checkTarget } from './arguments.ts'
import type { CacheMethods, ClaimedSlot, InvalidateTarget, SetResult } from './cache-types.ts'
import { PartialLoadError } from './error.ts'
import type { KeepOptions, Loader, ManyLoadContext, ManyLoader } from './load-types.ts'
import type { WarmItem } from './warming/warm-types.ts'

/** @throws InvalidOptionError for a prefix that is empty. */
export function namespaced(cache: CacheMethods, prefix: string): CacheMethods {
  return new Namespace(cache, `${checkText('prefix', prefix).replaceAll(/[\\:]/g, '\\$&')}:`)
}

class Namespace implements CacheMethods {
  readonly #cache: CacheMethods
  readonly #prefix: string

  constructor(cache: CacheMethods, prefix: string) {
    this.#cache = cache
    this.#prefix = prefix
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
        keys.map(key => this.#within(key)),
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
    const names = keys.map(key => this.#within(key))
    return this.#bare(await this.#cache.getMany<T>(names, options))
  }

  has: CacheMethods['has'] = (key, options) => this.#cache.has(this.#within(key), options)

  set: CacheMethods['set'] = (key, value, options) =>
    this.#cache.set(this.#within(key), value, this.#tagged(options))

  setMany(...[values, options]: Parameters<CacheMethods['setMany']>): Promise<SetResult> {
    const within = [...values].map(([key, value]) => [this.#within(key), value] as const)
    return this.#cache.setMany(new Map<string, NonNullable<unknown> | null>(within), this.#tagged(options))
  }

  async claim<T = unknown>(key: string): Promise<ClaimedSlot<T>> {
    const slot = await this.#cache.claim<T>(this.#within(key))
    if (slot.kind === 'found') return slot
    const { kind, set, release } = slot
    return { kind, set: (value, options) => set(value, this.#tagged(options)), release }
  }

  delete: CacheMethods['delete'] = (...keys) => this.#cache.delete(...keys.map(key => this.#within(key)))

  invalidate: CacheMethods['invalidate'] = async (target, options) =>
    this.#cache.invalidate(this.#target(target), options)

  /** What begins with the prefix, and nothing else. */
  clear: CacheMethods['clear'] = () =>
    this.#cache.invalidate({ pattern: `${escapePattern(this.#prefix)}*` }, { mode: 'delete' })

  warm: CacheMethods['warm'] = (source, options) => {
    const { load } = options ?? {}
    const bareLoad = load && { load: (key: string) => load(this.#without(key)) }
    return this.#cache.warm(this.#warmItems(source), { ...options, ...bareLoad })
  }

  explain: CacheMethods['explain'] = key => this.#cache.explain(this.#within(key))

  namespace: CacheMethods['namespace'] = prefix =>
    new Namespace(this.#cache, `${this.#prefix}${checkText('prefix', prefix).replaceAll(/[\\:]/g, '\\$&')}:`)

  #within(key: string): string {
    return `${this.#prefix}${checkKey(key)}`
  }

  #without(key: string): string {
    return key.slice(this.#prefix.length)
  }

  #bare<T>(values: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    return new Map([...values].map(([key, value]) => [this.#without(key), value]))
  }

  #tagged<O extends { tags?: readonly string[] } | undefined>(options: O): O {
    if (!Array.isArray(options?.tags)) return options
    return { ...options, tags: options.tags.map(tag => (tag === '' ? tag : this.#within(tag))) }
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
        configure: options => context.configure(this.#tagged(options)),
        notModified: () => context.notModified(),
        fail: reason => context.fail(reason),
      })
  }

  #manyLoader<T>(loadMany: ManyLoader<T>): ManyLoader<T> {
    return async (keys, context) => {
      const bare: ManyLoadContext = {
        stale: this.#bare(context.stale),
        signal: context.signal,
        configure: (key: string, options: KeepOptions) =>
          context.configure(this.#within(key), this.#tagged(options)),
        notModified: key => context.notModified(this.#within(key)),
        fail: (key, reason) => context.fail(this.#within(key), reason),
      }
      const values = await loadMany(
        keys.map(key => this.#without(key)),
        bare,
      )
      return new Map([...values].map(([key, value]) => [this.#within(key), value]))
    }
  }

  async *#warmItems(source: Iterable<WarmItem> | AsyncIterable<WarmItem>): AsyncGenerator<WarmItem> {
    for await (const item of source)
      yield typeof item === 'string'
        ? this.#within(item)
        : { ...this.#tagged(item), key: this.#within(item.key) }
  }
}
