/**
 * A caller's loader as the engine runs it: one of a bounded number, for a bounded time, told what it would replace, counted,
 * and ended with the cache. A load that failed a moment ago is not tried again while a stale value may stand in for it.
 */
import { setMaxListeners } from 'node:events'
import { type Clock, type EntryOptions, LoadTimeoutError } from '@greenlang/core'
import type { Load, LoadContext, Loaded } from '@greenlang/core/coherence'
import { absentForMs } from './absence.ts'
import type { AnalyticsCounts } from './analytics.ts'
import type { Background } from './background.ts'
import { Bulkhead, type BulkheadLimits } from './bulkhead.ts'
import type { Loader } from './cache-types.ts'
import type { Closing } from './closing.ts'
import type { EntrySettings } from './entry-settings.ts'
import { beginLife, orAborted } from './lifetime.ts'
import { Told } from './load-context.ts'
import { type LoadSettings, loadDefaults } from './load-settings.ts'
import { Throttle } from './throttle.ts'

export interface LoadsOptions {
  readonly closing: Closing
  readonly background: Background
  readonly counts: AnalyticsCounts
  readonly clock: Clock
  readonly random: () => number
  readonly limits: BulkheadLimits
}

export interface LoadRequest {
  readonly key: string
  readonly load: Loader<unknown>
  readonly settings: LoadSettings
}

export class Loads {
  readonly #options: LoadsOptions
  readonly #bulkhead: Bulkhead
  readonly #throttle: Throttle

  constructor(options: LoadsOptions) {
    this.#options = options
    this.#bulkhead = new Bulkhead(options.limits)
    this.#throttle = new Throttle(options.clock)
    // Every load listens to it: there is no leak to warn of.
    setMaxListeners(0, options.closing.signal)
  }

  get running(): number {
    return this.#bulkhead.running
  }

  get waiting(): number {
    return this.#bulkhead.waiting
  }

  engineLoad(request: LoadRequest): Load {
    return context => {
      const loaded = this.#load(request, context)
      // Ends at once as the cache closes; the release of its lease is then under way.
      this.#options.background.track(loaded)
      return loaded
    }
  }

  async #load(request: LoadRequest, context: LoadContext): Promise<Loaded> {
    const { key, settings } = request
    const { standIn } = context
    const failure = standIn && this.#throttle.current(key)
    if (failure) throw failure.error
    try {
      const loaded = await this.#run(request, context)
      this.#throttle.forget(key)
      return loaded
    } catch (error) {
      const { throttleMs = loadDefaults.throttleMs } = settings
      if (!this.#options.closing.signal.aborted && !context.signal.aborted)
        this.#throttle.failed(key, error, throttleMs)
      throw error
    }
  }

  async #run({ key, load, settings }: LoadRequest, { standIn, signal }: LoadContext): Promise<Loaded> {
    const { clock, closing } = this.#options
    const { longestMs = loadDefaults.longestMs } = settings
    const late = () => new LoadTimeoutError(key, longestMs)
    const life = beginLife({ signals: [closing.signal, signal], clock, longestMs, late })
    try {
      await this.#bulkhead.enter(life.signal)
      try {
        const told = new Told(standIn, life.signal, settings)
        const value = await this.#counted(() => orAborted(life.signal, () => load(told)))
        return this.#loaded(told.valueOf(value), told.settings, { settings, replaces: standIn !== undefined })
      } finally {
        this.#bulkhead.leave()
      }
    } finally {
      life.end()
    }
  }

  #loaded(value: unknown, kept: EntrySettings, { settings, replaces }: Circumstances): Loaded {
    const options = this.#jittered(kept, settings.jitter)
    if (value !== undefined) return { value, options }
    const negativeTtlMs = settings.negativeTtlMs ?? (replaces ? absentForMs : undefined)
    return { value, options, ...(negativeTtlMs !== undefined && { negativeTtlMs }) }
  }

  /** Drawn once: every tier and every process has the same dates. */
  #jittered(kept: EntrySettings, jitter: number = loadDefaults.jitter): EntryOptions {
    const { ttl = loadDefaults.ttlMs, grace, tags } = kept
    return {
      ttl: jitter === 0 ? ttl : ttl * (1 - jitter * this.#options.random()),
      ...(grace !== undefined && { grace }),
      ...(tags !== undefined && { tags }),
    }
  }

  async #counted(load: () => Promise<unknown>): Promise<unknown> {
    const { clock, counts, closing } = this.#options
    const begun = clock.now()
    try {
      const value = await load()
      counts.load(value === undefined ? 'absent' : 'found', clock.now() - begun)
      return value
    } catch (error) {
      if (!closing.signal.aborted) counts.load('failed', clock.now() - begun)
      throw error
    }
  }
}

interface Circumstances {
  readonly settings: LoadSettings
  /** Whether there is a stale value that it takes the place of. */
  readonly replaces: boolean
}
