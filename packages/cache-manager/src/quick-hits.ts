/**
 * Hits in memory by the shortest way: one call into the engine, and some counters. A sample takes the long way, where it is
 * timed; so does each request where more is wanted of a hit: events, refreshes, the auditor, options that say what will do.
 *
 * The sample is one request in 16 where there are few, and one in 1024 where there are very many: some hundred a second. With
 * one in 64, whatever comes, a hit cost a tenth more.
 */
import type { QuickValues } from '@greenlang/core/coherence'
import type { CacheParts } from './cache-parts.ts'
import type { LoadOptions } from './load-types.ts'

export class QuickHits {
  readonly #parts: CacheParts
  #quick: QuickValues | undefined
  #untilSample = 1
  #sampledAt = Number.NEGATIVE_INFINITY
  /** Requests for one of the sample, in the mean. */
  #every = fewest
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
    const { clock, counts } = this.#parts
    counts.hotKeys.count(key, this.#every)
    const now = clock.now()
    this.#every = everyAfter(this.#every, now - this.#sampledAt)
    this.#sampledAt = now
    // At random: what comes in turn would be missed, or found each time.
    this.#untilSample = 1 + Math.floor(Math.random() * (2 * this.#every - 1))
    return true
  }
}

const fewest = 16
const most = 1024
/** Between two of the sample. */
const shortestMs = 1
const longestMs = 4

function everyAfter(every: number, ms: number): number {
  if (ms < shortestMs) return Math.min(most, every * 2)
  return ms > longestMs ? Math.max(fewest, every / 2) : every
}

/** Whether a hit is all that is wanted. What is no plain object the long way looks at, and refuses what is no options. */
function isPlain(options: LoadOptions): boolean {
  return (
    options !== null &&
    options.constructor === Object &&
    options.fresh === undefined &&
    options.after === undefined &&
    options.tiers === undefined &&
    options.refreshAfter === undefined &&
    options.earlyRefresh === undefined
  )
}
