/** The public methods: what they check, and whom they hand over to. */
import {
  ClosedError,
  checkKey,
  createEntry,
  type EntryOptions,
  InvalidArgumentError,
  type InvalidationBus,
} from '@greenlang/core'
import { memoryBus } from '@greenlang/invalidation'
import { type AnalyticsCounts, type CacheAnalytics, createAnalytics } from './analytics.ts'
import { checkNames, checkTarget } from './arguments.ts'
import { type Background, createBackground } from './background.ts'
import type { Cache, InvalidateTarget, InvalidationResult, Loader, LoadOptions } from './cache-types.ts'
import { type Changes, createChanges } from './changes.ts'
import { type Coherence, createCoherence } from './coherence.ts'
import { createEmitter } from './emitter.ts'
import { entrySettings, withDefaults } from './entry-settings.ts'
import type { Gate } from './gate.ts'
import { createGates } from './gates.ts'
import { createKeys, type Keys } from './keys.ts'
import { createLoads, type Loads } from './loads.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { type CacheOptions, type CacheSettings, checkCacheOptions } from './options.ts'
import { createStore } from './store.ts'

/**
 * One cache over any tiers. It takes its tiers and its bus over: `close` closes them, unless `keepOpen`.
 * @throws InvalidOptionError for a bad option. ContractMismatchError for a tier or bus made for another contract.
 */
export function createCache(options: CacheOptions): Cache {
  return new TieredCache(checkCacheOptions(options))
}

class TieredCache implements Cache {
  readonly name: string
  readonly #settings: CacheSettings
  readonly #subject: string
  readonly #bus: InvalidationBus
  readonly #gates: readonly Gate[]
  readonly #keys: Keys = createKeys()
  readonly #background: Background = createBackground()
  readonly #coherence: Coherence
  readonly #lookup: Lookup
  readonly #loads: Loads
  readonly #changes: Changes
  readonly #counts: AnalyticsCounts
  readonly #unsubscribe: () => void
  #closing: Promise<void> | undefined

  constructor(settings: CacheSettings) {
    const { name, clock, latency, maxTags } = settings
    this.name = name
    this.#settings = settings
    this.#subject = `cache "${name}"`
    const [keys, background] = [this.#keys, this.#background]
    const emitter = createEmitter(name, settings.observer)
    const counts = createAnalytics(emitter, latency())
    this.#counts = counts
    const gates = createGates(settings, emitter, background)
    this.#gates = gates
    this.#bus = settings.bus ?? memoryBus({ clock, maxTags })
    const unheard = settings.bus === undefined && gates.some(gate => gate.scope === 'shared')
    const coherence = createCoherence({ bus: this.#bus, clock, maxTags, unheard })
    this.#coherence = coherence
    const lookup = createLookup({ gates, coherence, background })
    this.#lookup = lookup
    const store = createStore({ gates, background })
    const subject = this.#subject
    this.#loads = createLoads({ subject, keys, lookup, store, coherence, background, counts, clock })
    this.#changes = createChanges({ gates, keys, coherence, background, counts })
    this.#unsubscribe = this.#bus.subscribe(frame => this.#changes.hear(frame))
  }

  async getOrSet<T>(key: string, load: Loader<T>, options?: LoadOptions): Promise<T> {
    this.#assertOpen()
    this.#counts.requests += 1
    const found = this.#lookup.atOnce(checkKey(key))
    if (!('from' in found)) return found.value as T
    if (typeof load !== 'function') throw new InvalidArgumentError('load', 'a function', load)
    const settings = withDefaults(entrySettings('getOrSet', options), this.#settings.defaults)
    return (await this.#loads.value({ key, load, settings, unanswered: found })) as T
  }

  async get<T = unknown>(key: string): Promise<T | undefined> {
    this.#assertOpen()
    this.#counts.requests += 1
    const found = this.#lookup.atOnce(checkKey(key))
    if (!('from' in found)) return found.value as T
    const state = this.#keys.hold(key)
    try {
      const entry = await this.#lookup.find({ key, state, from: found.from, onStale: ignore })
      return entry?.value as T | undefined
    } finally {
      this.#keys.release(key, state)
    }
  }

  async set<T>(key: string, value: T & (NonNullable<unknown> | null), options?: EntryOptions): Promise<void> {
    this.#assertOpen()
    checkKey(key)
    const settings = withDefaults(entrySettings('set', options), this.#settings.defaults)
    const entry = createEntry(value, settings, { clock: this.#settings.clock, stamp: this.#coherence.known })
    await this.#tracked(this.#changes.set(key, entry))
  }

  async delete(...keys: readonly string[]): Promise<InvalidationResult> {
    this.#assertOpen()
    return this.#tracked(this.#changes.remove('delete', checkNames('keys', keys)))
  }

  async invalidate(target: InvalidateTarget): Promise<InvalidationResult> {
    this.#assertOpen()
    const { keys, tags } = checkTarget(target)
    if (keys !== undefined) return this.#tracked(this.#changes.remove('invalidate', checkNames('keys', keys)))
    return this.#tracked(this.#changes.invalidateTags(checkNames('tags', tags)))
  }

  async clear(): Promise<InvalidationResult> {
    this.#assertOpen()
    return this.#tracked(this.#changes.clear())
  }

  analytics(): CacheAnalytics {
    return this.#counts.snapshot(this.#gates)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#loads.close()
    await this.#background.idle()
    this.#unsubscribe()
    const { keepOpen, bus } = this.#settings
    const mine = this.#gates.map(async gate => gate.close())
    if (!keepOpen || bus === undefined) mine.push(this.#bus.close())
    const outcomes = await Promise.allSettled(mine)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  #tracked<T>(change: Promise<T>): Promise<T> {
    this.#background.track(change)
    return change
  }

  #assertOpen(): void {
    if (this.#closing) throw new ClosedError(this.#subject)
  }
}

function ignore(): void {}
