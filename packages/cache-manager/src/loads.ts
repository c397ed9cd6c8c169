/**
 * A caller's loader as the engine runs it: one of a bounded number, for a bounded time, told what it would replace, counted,
 * and ended with the cache. A load that failed a moment ago is not tried again while a stale value may stand in for it.
 */
import { setMaxListeners } from 'node:events'
import { type Clock, type EntryOptions, LoadTimeoutError } from '@greenlang/core'
import type { Load, Loaded } from '@greenlang/core/coherence'
import { absentForMs } from './absence.ts'
import type { AnalyticsCounts } from './analytics.ts'
import { Bulkhead, type BulkheadLimits } from './bulkhead.ts'
import type { Closing } from './closing.ts'
import { beginLife, orAborted } from './lifetime.ts'
import { Told } from './load-context.ts'
import { type KeepSettings, type LoadSettings, loadDefaults } from './load-settings.ts'
import { LoadTimes } from './load-times.ts'
import type { Loader } from './load-types.ts'
import { Throttle } from './throttle.ts'

export interface LoadsOptions {
  readonly closing: Closing
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

/** One call of a loader. */
export interface Call<R> {
  /** At least one; errors name the first. */
  readonly keys: readonly [string, ...string[]]
  readonly settings: LoadSettings
  /** Aborts when nobody wants it any more. */
  readonly wanted: AbortSignal
  work(signal: AbortSignal): Promise<R>
  /** Whether it brought anything. */
  isFound(result: R): boolean
}

export class Loads {
  /** How long loads take. */
  readonly times: LoadTimes
  readonly #options: LoadsOptions
  readonly #bulkhead: Bulkhead
  readonly #throttle: Throttle

  constructor(options: LoadsOptions) {
    this.#options = options
    this.#bulkhead = new Bulkhead(options.limits)
    this.#throttle = new Throttle(options.clock)
    this.times = new LoadTimes()
    // Every load listens to it: there is no leak to warn of.
    setMaxListeners(0, options.closing.signal)
  }

  get running(): number {
    return this.#bulkhead.running
  }

  get waiting(): number {
    return this.#bulkhead.waiting
  }

  /** Of loads that found no place. */
  get refused(): number {
    return this.#bulkhead.refused
  }

  engineLoad({ key, load, settings }: LoadRequest): Load {
    return this.throttled(key, settings, ({ standIn, signal: wanted }) =>
      this.run<Loaded>({
        keys: [key],
        settings,
        wanted,
        work: async signal => {
          const told = new Told(standIn, signal, settings)
          const value = told.valueOf(await load(told))
          return this.loaded(value, told.settings, standIn !== undefined)
        },
        isFound: ({ value }) => value !== undefined,
      }),
    )
  }

  /** Not called again for a while after it failed, where something stands in for it. */
  throttled(key: string, settings: LoadSettings, load: Load): Load {
    const { closing } = this.#options
    return context => {
      // What was invalidated stands in for a load that fails, and for no other.
      const failure = context.isOnlyExpired && !settings.fresh ? this.#throttle.current(key) : undefined
      if (failure) return Promise.reject(failure.error)
      const loaded = load(context)
      loaded.then(
        () => this.#throttle.forget(key),
        error => {
          const { throttleMs = loadDefaults.throttleMs } = settings
          if (!closing.signal.aborted && !context.signal.aborted)
            this.#throttle.failed(key, error, throttleMs)
        },
      )
      return loaded
    }
  }

  /** Whether a load of it failed a moment ago: one that nobody waits for is not worth a try. */
  isThrottled(key: string): boolean {
    return this.#throttle.current(key) !== undefined
  }

  /** It was set: what failed before says nothing. */
  forget(key: string): void {
    this.#throttle.forget(key)
  }

  /** Once there is a place for it; rejects with the reason of the signal it is given as that aborts. */
  async run<R>({ keys, settings, wanted, work, isFound }: Call<R>): Promise<R> {
    const { clock, closing, counts } = this.#options
    const { longestMs = loadDefaults.longestMs } = settings
    const late = () => new LoadTimeoutError(keys[0], longestMs)
    const life = beginLife({ signals: [closing.signal, wanted], clock, longestMs, late })
    try {
      await this.#bulkhead.enter(life.signal)
      const begun = clock.now()
      try {
        const result = await orAborted(life.signal, () => work(life.signal))
        const tookMs = clock.now() - begun
        this.times.record(keys, tookMs)
        counts.load(isFound(result) ? 'found' : 'absent', tookMs)
        return result
      } catch (error) {
        // One that nobody wants any more has not failed.
        if (!closing.signal.aborted && !wanted.aborted) counts.load('failed', clock.now() - begun)
        throw error
      } finally {
        this.#bulkhead.leave()
      }
    } finally {
      life.end()
    }
  }

  /** @param replaces Whether there is a stale value that it takes the place of. */
  loaded(value: unknown, kept: KeepSettings, replaces: boolean): Loaded {
    const options = this.#jittered(kept)
    const { version } = kept
    if (value !== undefined) return { value, options, ...(version !== undefined && { version }) }
    const negativeTtlMs = kept.negativeTtlMs ?? (replaces ? absentForMs : undefined)
    return { value, options, ...(negativeTtlMs !== undefined && { negativeTtlMs }) }
  }

  /** Drawn once: every tier and every process has the same dates. */
  #jittered({
    ttl = loadDefaults.ttlMs,
    grace,
    tags,
    jitter = loadDefaults.jitter,
  }: KeepSettings): EntryOptions {
    return {
      ttl: jitter === 0 ? ttl : ttl * (1 - jitter * this.#options.random()),
      ...(grace !== undefined && { grace }),
      ...(tags !== undefined && { tags }),
    }
  }
}
