/**
 * Hits in memory by the shortest way: one call into the engine, and some counters. One request in 64 takes the long way, where
 * it is timed; so does each where more is wanted of a hit: events, refreshes, the auditor, options that say what will do.
 */
import type { QuickValues } from '@greenlang/core/coherence'
import type { CacheParts } from './cache-parts.ts'
import { hotKeySample } from './hot-keys.ts'
import type { LoadOptions } from './load-types.ts'

export class QuickHits {
  readonly #parts: CacheParts
  #quick: QuickValues | undefined
  #untilSample = 1
  /** Hits by the shortest way: each a request, and a look-up of the first tier. */
  served = 0

  constructor(parts: CacheParts) {
    this.#parts = parts
  }

  open(quick: QuickValues | undefined): void {
    const { settings, emitter, auditor } = this.#parts
    const { refreshAfter, earlyRefresh } = settings.defaults
    const isPlain = refreshAfter === undefined && earlyRefresh === undefined
    if (!isPlain || emitter.heard || auditor !== undefined) return
    this.#quick = quick
  }

  close(): void {
    this.#quick = undefined
  }

  /** `undefined`: the long way tells. */
  value(key: string, options: LoadOptions | undefined): unknown {
    const quick = this.#quick
    if (quick === undefined || this.#untilSample === 1) return undefined
    if (options !== undefined && !isPlain(options)) return undefined
    const value = quick.value(key)
    if (value === undefined) return undefined
    this.#untilSample -= 1
    this.served += 1
    return value
  }

  /** With each request that takes the long way: whether it is one of the sample, and so worth timing. */
  sample(key: string): boolean {
    this.#untilSample -= 1
    if (this.#untilSample > 0) return false
    // At random: what comes in turn would be missed, or found each time.
    this.#untilSample = 1 + Math.floor(Math.random() * (2 * hotKeySample - 1))
    this.#parts.counts.hotKeys.count(key)
    return true
  }
}

/** Whether a hit is all that is wanted. */
function isPlain(options: LoadOptions): boolean {
  // What is no options the long way refuses.
  return (
    typeof options === 'object' &&
    options !== null &&
    !Array.isArray(options) &&
    options.fresh === undefined &&
    options.after === undefined &&
    options.tiers === undefined &&
    options.refreshAfter === undefined &&
    options.earlyRefresh === undefined
  )
}
