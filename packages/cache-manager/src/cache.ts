/**
 * The public methods: what they check, and whom they hand over to. The work is done by the engine of core; this is the
 * way to it, what is counted on the way, and the end of it.
 */
import {
  ClosedError,
  checkKey,
  createEntry,
  type Entry,
  type EntryOptions,
  InvalidArgumentError,
  type InvalidationMode,
  type Published,
} from '@greenlang/core'
import type { Engine, Missed } from '@greenlang/core/coherence'
import { memoryBus } from '@greenlang/invalidation'
import { type AnalyticsCounts, type CacheAnalytics, createAnalytics } from './analytics.ts'
import { checkNames, checkTarget } from './arguments.ts'
import { type Background, createBackground } from './background.ts'
import type { Cache, InvalidateTarget, InvalidationResult, Loader, LoadOptions } from './cache-types.ts'
import { type Closing, createClosing } from './closing.ts'
import { createEmitter } from './emitter.ts'
import { openEngine } from './engine.ts'
import { entrySettings, withDefaults } from './entry-settings.ts'
import { type LoadSettings, loadDefaults, loadSettings } from './load-settings.ts'
import { Loads } from './loads.ts'
import { type CacheOptions, type CacheSettings, checkCacheOptions } from './options.ts'
import { createReach, type Reach } from './reach.ts'
import { type SteadyBus, steadyBus } from './steady-bus.ts'
import { type OpenTier, openTiers } from './tiers.ts'

/**
 * One cache over any tiers. It takes its tiers and its bus over: `close` closes them, unless `keepOpen`.
 * @throws InvalidOptionError for a bad option. ContractMismatchError for a tier or bus made for another contract.
 */
export function createCache(options: CacheOptions): Cache {
  return new TieredCache(checkCacheOptions(options))
}

const nothingToDo: InvalidationResult = Object.freeze({ propagated: true, unreached: Object.freeze([]) })

class TieredCache implements Cache {
  readonly name: string
  readonly #settings: CacheSettings
  readonly #subject: string
  readonly #bus: SteadyBus
  readonly #closeBus: () => Promise<void>
  /** Whether processes that share a tier with this one cannot hear the bus. */
  readonly #isUnheard: boolean
  readonly #tiers: readonly OpenTier[]
  readonly #reach: Reach = createReach()
  readonly #background: Background = createBackground()
  readonly #closing: Closing
  readonly #counts: AnalyticsCounts
  readonly #loads: Loads
  readonly #opening: Promise<Engine>
  #engine: Engine | undefined
  #closed: Promise<void> | undefined

  constructor(settings: CacheSettings) {
    const { name, clock, latency, maxTags, keepOpen, tiers } = settings
    this.name = name
    this.#settings = settings
    this.#subject = `cache "${name}"`
    this.#closing = createClosing(this.#subject)
    const emitter = createEmitter(name, settings.observer)
    this.#counts = createAnalytics(emitter, latency())
    const company = { closing: this.#closing, background: this.#background, counts: this.#counts }
    this.#loads = new Loads({ ...company, clock, random: Math.random, limits: settings.loads })
    const bus = settings.bus ?? memoryBus({ clock, maxTags })
    this.#bus = steadyBus(bus)
    this.#closeBus = async () => {
      await this.#bus.close()
      if (!keepOpen || settings.bus === undefined) await bus.close()
    }
    this.#isUnheard = settings.bus === undefined && tiers.some(({ scope }) => scope === 'shared')
    const { ownHistory } = this.#bus
    const around = { emitter, background: this.#background, reach: this.#reach, ownHistory }
    this.#tiers = openTiers(settings, around)
    this.#opening = this.#open()
    // Told to each who calls.
    this.#opening.catch(() => undefined)
  }

  async getOrSet<T>(key: string, load: Loader<T>, options?: LoadOptions): Promise<T> {
    this.#assertOpen()
    this.#counts.requests += 1
    const engine = this.#engine ?? (await this.#opening)
    const found = this.#atOnce(engine, checkKey(key))
    if (found !== undefined && !('standIns' in found)) {
      if (this.#isDue(found, options)) this.#refresh(engine, { key, load, options })
      return found.value as T
    }
    if (typeof load !== 'function') throw new InvalidArgumentError('load', 'a function', load)
    const settings = withDefaults(loadSettings('getOrSet', options), this.#settings.defaults)
    return (await this.#load(engine, { key, load, settings, missed: found })) as T
  }

  async get<T = unknown>(key: string): Promise<T | undefined> {
    this.#assertOpen()
    this.#counts.requests += 1
    const engine = this.#engine ?? (await this.#opening)
    const found = this.#atOnce(engine, checkKey(key))
    if (found !== undefined && !('standIns' in found)) return found.value as T
    const answer = await engine.get(key, found)
    return answer?.entry?.value as T | undefined
  }

  async set<T>(key: string, value: T & (NonNullable<unknown> | null), options?: EntryOptions): Promise<void> {
    this.#assertOpen()
    checkKey(key)
    const settings = withDefaults(entrySettings('set', options), this.#settings.defaults)
    createEntry(value, settings)
    await this.#tracked(engine => engine.set(key, value, settings))
  }

  async delete(...keys: readonly string[]): Promise<InvalidationResult> {
    this.#assertOpen()
    return this.#remove('delete', checkNames('keys', keys))
  }

  async invalidate(target: InvalidateTarget): Promise<InvalidationResult> {
    this.#assertOpen()
    const { keys, tags } = checkTarget(target)
    if (keys !== undefined) return this.#remove('invalidate', checkNames('keys', keys))
    return this.#invalidateTags(checkNames('tags', tags))
  }

  async clear(): Promise<InvalidationResult> {
    this.#assertOpen()
    this.#counts.invalidation('own', 'delete', 'all')
    const [published, unreached] = await this.#tracked(engine =>
      Promise.all([engine.invalidate({ mode: 'delete', all: true }), this.#clearTiers(this.#tiers)]),
    )
    return this.#result(published, unreached)
  }

  analytics(): CacheAnalytics {
    return this.#counts.snapshot(this.#tiers)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #open(): Promise<Engine> {
    const { clock, maxTags } = this.#settings
    const { counts, tiers, bus } = { counts: this.#counts, tiers: this.#tiers, bus: this.#bus }
    // What others cleared nobody would be given: the room is freed.
    const onClear = () => void this.#clearTiers(tiers.filter(({ tier }) => tier.scope === 'process'))
    return openEngine({ tiers, bus, clock, maxTags, counts, onClear }).then(engine => {
      this.#engine = engine
      return engine
    })
  }

  /** What memory has, without waiting. */
  #atOnce(engine: Engine, key: string): Entry | Missed | undefined {
    const counts = this.#tiers[0]?.counts
    if (!counts?.local) return undefined
    const begun = counts.begin()
    const found = engine.peek(key)
    if (found === undefined) return undefined
    if (!('standIns' in found)) counts.end('fresh', begun)
    else counts.end(found.standIns.length === 0 ? 'miss' : 'stale', begun)
    return found
  }

  /** Options are read on a hit only as far as this takes. */
  #isDue({ createdAt, staleAt }: Entry, options: LoadOptions | undefined): boolean {
    const share = options?.refreshAfter ?? this.#settings.defaults.refreshAfter
    return share !== undefined && this.#settings.clock.turn() - createdAt >= share * (staleAt - createdAt)
  }

  /** Nobody waits for it. */
  #refresh(engine: Engine, { key, load, options }: Refresh): void {
    const settings = withDefaults(loadSettings('getOrSet', options), this.#settings.defaults)
    this.#load(engine, { key, load, settings, missed: undefined }).catch(() => undefined)
  }

  async #load(engine: Engine, { key, load, settings, missed }: Ask): Promise<unknown> {
    const { tags, softMs, hardMs = loadDefaults.hardMs, refreshAfter, signal } = settings
    const answer = await this.#closing.orClosed(
      engine.getOrSet(key, this.#loads.engineLoad({ key, load, settings }), {
        ...(tags && { tags }),
        ...(missed && { missed }),
        ...(softMs !== undefined && { softMs }),
        ...(Number.isFinite(hardMs) && { hardMs }),
        ...(refreshAfter !== undefined && { refreshAfter }),
        ...(signal && { signal }),
      }),
    )
    if (answer.stale === 'failed') this.#counts.staleServed()
    return answer.entry?.value
  }

  async #remove(mode: InvalidationMode, keys: readonly string[]): Promise<InvalidationResult> {
    if (keys.length === 0) return nothingToDo
    this.#counts.invalidation('own', mode, 'keys')
    return this.#tracked(async engine => {
      const removal = this.#reach.watch(keys)
      const published = await engine.invalidate({ mode, keys })
      return this.#result(published, await removal.unreached())
    })
  }

  async #invalidateTags(tags: readonly string[]): Promise<InvalidationResult> {
    if (tags.length === 0) return nothingToDo
    this.#counts.invalidation('own', 'invalidate', 'tags')
    return this.#tracked(async engine =>
      this.#result(await engine.invalidate({ mode: 'invalidate', tags }), []),
    )
  }

  #result(published: Published, unreached: readonly string[]): InvalidationResult {
    return { ...published, propagated: published.propagated && !this.#isUnheard, unreached }
  }

  /** The names of those that could not be cleared. */
  async #clearTiers(tiers: readonly OpenTier[]): Promise<readonly string[]> {
    const cleared = tiers.map(async ({ tier }) => tier.clear())
    const outcomes = await Promise.allSettled(cleared)
    return tiers.filter((_, index) => outcomes[index]?.status === 'rejected').map(({ name }) => name)
  }

  /** Begins at once where the engine is there; `close` waits for it. */
  #tracked<T>(change: (engine: Engine) => Promise<T>): Promise<T> {
    const changed = this.#engine ? change(this.#engine) : this.#opening.then(change)
    this.#background.track(changed)
    return changed
  }

  async #close(): Promise<void> {
    this.#closing.close()
    await this.#background.idle()
    const engine = await this.#opening.catch(() => undefined)
    engine?.close()
    const closings = [...this.#tiers.map(async ({ tier }) => tier.close()), this.#closeBus()]
    const outcomes = await Promise.allSettled(closings)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClosedError(this.#subject)
  }
}

interface Refresh {
  readonly key: string
  readonly load: Loader<unknown>
  readonly options: LoadOptions | undefined
}

/** A caller whom memory could not serve. */
interface Ask {
  readonly key: string
  readonly load: Loader<unknown>
  readonly settings: LoadSettings
  readonly missed: Missed | undefined
}
