/**
 * The public methods, and what they are made of. Reads and writes have files of their own; what both rely on is the engine of
 * core.
 */
import { ClosedError, checkKey, type Duration } from '@greenlang/core'
import type { Engine } from '@greenlang/core/coherence'
import type { CacheAnalytics } from './analytics.ts'
import type { CacheParts } from './cache-parts.ts'
import type {
  Cache,
  CacheMethods,
  ClaimedSlot,
  Detailed,
  DrainReport,
  InvalidateOptions,
  InvalidateTarget,
  InvalidationResult,
  SetOptions,
  SetResult,
} from './cache-types.ts'
import { drain } from './drain.ts'
import { type Explanation, explanationOf } from './explanation.ts'
import { type CacheHealth, coherenceOf, healthOf } from './health.ts'
import type { HotKey } from './hot-keys.ts'
import type { Loader, LoadOptions, ManyLoader, ReadOptions } from './load-types.ts'
import { ManyReads } from './many-reads.ts'
import { namespaced } from './namespace.ts'
import { openParts } from './open-parts.ts'
import { type CacheOptions, type CacheSettings, checkCacheOptions } from './options.ts'
import { Reads } from './reads.ts'
import { awaitTiers } from './warming/await-tiers.ts'
import { checkWarmOptions, warm } from './warming/warm.ts'
import type { WarmItem, WarmOptions, WarmReport } from './warming/warm-types.ts'
import { keepWarm } from './warming/warmer.ts'
import { Writes } from './writes.ts'

/**
 * One cache over any tiers. It takes its tiers and its bus over: `close` closes them, unless `keepOpen`.
 * @throws InvalidOptionError for a bad option. ContractMismatchError for a tier or bus made for another contract.
 */
export function createCache(options: CacheOptions): Cache {
  return new TieredCache(checkCacheOptions(options))
}

class TieredCache implements Cache {
  readonly name: string
  readonly #parts: CacheParts
  readonly #closeBus: () => Promise<void>
  readonly #reads: Reads
  readonly #manyReads: ManyReads
  readonly #writes: Writes
  #closed: Promise<void> | undefined

  constructor(settings: CacheSettings) {
    this.name = settings.name
    const { parts, closeBus } = openParts(settings, () => this.#assertOpen())
    this.#parts = parts
    this.#closeBus = closeBus
    this.#reads = new Reads(parts)
    this.#manyReads = new ManyReads(parts, this.#reads)
    this.#writes = new Writes(parts)
    this.#keepWarm()
  }

  getOrSet<T>(key: string, load: Loader<T>, options?: LoadOptions): Promise<T> {
    return this.#reads.getOrSet(key, load, options) as Promise<T>
  }

  getOrSetDetailed<T>(key: string, load: Loader<T>, options?: LoadOptions): Promise<Detailed<T>> {
    return this.#reads.getOrSetDetailed(key, load, options) as Promise<Detailed<T>>
  }

  getOrSetMany<T>(keys: readonly string[], loadMany: ManyLoader<T>, options?: LoadOptions) {
    return this.#manyReads.getOrSetMany(keys, { loadMany, options }) as Promise<ReadonlyMap<string, T>>
  }

  get<T>(key: string, options?: ReadOptions): Promise<T | undefined> {
    return this.#reads.get(key, options) as Promise<T | undefined>
  }

  getDetailed<T>(key: string, options?: ReadOptions): Promise<Detailed<T>> {
    return this.#reads.getDetailed(key, options) as Promise<Detailed<T>>
  }

  getMany<T>(keys: readonly string[], options?: ReadOptions): Promise<ReadonlyMap<string, T>> {
    return this.#reads.getMany(keys, options) as Promise<ReadonlyMap<string, T>>
  }

  async has(key: string, options?: ReadOptions): Promise<boolean> {
    return (await this.#reads.get(key, options)) !== undefined
  }

  set(key: string, value: unknown, options?: SetOptions): Promise<SetResult> {
    return this.#writes.set(key, value, options)
  }

  setMany(values: ReadonlyMap<string, unknown>, options?: SetOptions): Promise<SetResult> {
    return this.#writes.setMany(values, options)
  }

  claim<T>(key: string): Promise<ClaimedSlot<T>> {
    return this.#writes.claim(key) as Promise<ClaimedSlot<T>>
  }

  delete(...keys: readonly string[]): Promise<InvalidationResult> {
    return this.#writes.delete(keys)
  }

  invalidate(target: InvalidateTarget, options?: InvalidateOptions): Promise<InvalidationResult> {
    return this.#writes.invalidate(target, options)
  }

  clear(): Promise<InvalidationResult> {
    return this.#writes.clear()
  }

  async warm(
    source: Iterable<WarmItem> | AsyncIterable<WarmItem>,
    options: WarmOptions = {},
  ): Promise<WarmReport> {
    this.#assertOpen()
    const { clock, background, closing } = this.#parts
    const warmed = warm(this, source, {
      settings: checkWarmOptions(options),
      clock,
      ready: this.#ready,
      closing: closing.signal,
      tellsEnd: true,
    })
    background.track(warmed)
    return warmed
  }

  async explain(key: string): Promise<Explanation> {
    this.#assertOpen()
    checkKey(key)
    const engine = await this.#parts.opening
    return explanationOf(await engine.explain(key))
  }

  namespace(prefix: string): CacheMethods {
    return namespaced(this, prefix, this.#parts.settings.defaults.tags)
  }

  analytics(): CacheAnalytics {
    const { counts, tiers, loads, bus, auditor } = this.#parts
    const { running, waiting, refused } = loads
    return counts.snapshot({
      tiers,
      served: this.#reads.served,
      bulkhead: { running, waiting, refused },
      coherence: { ...coherenceOf(this.#parts), bypassedMs: bus.bypassedMs },
      audit: auditor?.report(),
    })
  }

  health(): Promise<CacheHealth> {
    return healthOf(this.#parts, this.#closed !== undefined)
  }

  hotKeys(most = 10): readonly HotKey[] {
    return this.#parts.counts.hotKeys.top(most)
  }

  async drain(deadline: Duration = '10s'): Promise<DrainReport> {
    const { background, clock } = this.#parts
    return drain(background, clock, deadline)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  readonly #ready = (signal: AbortSignal) => awaitTiers(this.#parts, signal)

  #keepWarm(): void {
    const { settings, tiers, clock, emitter, closing } = this.#parts
    const { warming } = settings
    if (warming === undefined) return
    const { signal } = closing
    const ready = this.#ready
    void keepWarm({ cache: this, settings: warming, tiers, clock, emitter, signal, ready })
  }

  async #close(): Promise<void> {
    const { closing, background, opening, tiers } = this.#parts
    closing.close()
    this.#reads.close()
    await background.idle()
    const engine: Engine | undefined = await opening.catch(() => undefined)
    engine?.close()
    const closings = [...tiers.map(async ({ tier }) => tier.close()), this.#closeBus()]
    const outcomes = await Promise.allSettled(closings)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClosedError(`cache "${this.name}"`)
  }
}
