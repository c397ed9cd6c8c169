import { ClosedError, checkInteger, checkOneOf, notify } from '@greenlang/core'
import { attachTo, type TrackablePool } from './attach.ts'
import {
  createFingerprinter,
  type Fingerprint,
  type Fingerprinter,
  type ParserState,
  unparsed,
} from './fingerprint.ts'
import type { QueryEnd } from './intercept.ts'
import { createLedger, type Ledger, type QueryStats } from './ledger.ts'
import { parseQueryOptimizerOptions, type QueryOptimizerOptions, type Settings } from './options.ts'
import { createRing, type Ring } from './ring.ts'

export interface QueryOptimizer extends Disposable {
  /** Resolves once the parser is loaded, or has failed to load (see `stats().parser`); before, queries are `unparsed`. */
  readonly ready: Promise<void>
  /**
   * Tracks every query that any library sends through `pool`, from a client's next checkout on. A second call with the
   * same pool changes nothing. Returns a function that ends it.
   * @throws ClosedError
   */
  attach(pool: TrackablePool): () => void
  stats(): QueryOptimizerStats
  /** @param limit Most entries, >= 1. Default: all that are remembered. @param order Default `'slowest'`. */
  slowQueries(limit?: number, order?: 'slowest' | 'newest'): SlowQuery[]
  /** 16 hexadecimal digits, equal for queries that differ only in their values. Resolves `undefined` if it cannot be parsed. */
  fingerprint(text: string): Promise<string | undefined>
  /** Detaches from every pool. Idempotent. The figures stay readable. */
  close(): void
}

export interface QueryOptimizerStats {
  readonly parser: ParserState
  /** Queries that ended, failures included. */
  readonly queries: number
  readonly failures: number
  readonly slow: number
  /** Queries counted under `other`, because `maxFingerprints` was reached. */
  readonly overflowed: number
  /** Most time spent first. */
  readonly fingerprints: readonly QueryStats[]
}

export interface SlowQuery {
  readonly fingerprint: string
  /** The query with its values replaced by `$n`. */
  readonly text: string
  readonly durationMs: number
  /** Ms since the epoch. */
  readonly startedAt: number
  readonly failed: boolean
}

/** @throws InvalidOptionError */
export function createQueryOptimizer(options: QueryOptimizerOptions = {}): QueryOptimizer {
  return new TrackingOptimizer(parseQueryOptimizerOptions(options))
}

class TrackingOptimizer implements QueryOptimizer {
  readonly #settings: Settings
  readonly #fingerprinter: Fingerprinter = createFingerprinter()
  readonly #ledger: Ledger
  readonly #slow: Ring<SlowQuery>
  readonly #attached = new Map<TrackablePool, () => void>()
  readonly #counts = { queries: 0, failures: 0, slow: 0 }
  #closed = false

  constructor(settings: Settings) {
    this.#settings = settings
    this.#ledger = createLedger(settings.maxFingerprints, settings.latency)
    this.#slow = createRing(settings.maxSlow)
  }

  get ready(): Promise<void> {
    return this.#fingerprinter.ready
  }

  attach(pool: TrackablePool): () => void {
    if (this.#closed) throw new ClosedError('query optimizer')
    const known = this.#attached.get(pool)
    if (known) return known
    const end = attachTo(pool, text => this.#begin(text))
    const detach = () => {
      if (this.#attached.delete(pool)) end()
    }
    this.#attached.set(pool, detach)
    return detach
  }

  stats(): QueryOptimizerStats {
    return {
      parser: this.#fingerprinter.state,
      ...this.#counts,
      overflowed: this.#ledger.overflowed,
      fingerprints: this.#ledger.stats(),
    }
  }

  slowQueries(limit?: number, order: 'slowest' | 'newest' = 'slowest'): SlowQuery[] {
    checkOneOf('order', order, ['slowest', 'newest'])
    const newest = this.#slow.newest()
    if (order === 'slowest') newest.sort((a, b) => b.durationMs - a.durationMs)
    return limit === undefined ? newest : newest.slice(0, checkInteger('limit', limit, 1))
  }

  async fingerprint(text: string): Promise<string | undefined> {
    await this.ready
    const found = this.#fingerprinter.of(text)
    return found === unparsed ? undefined : found.id
  }

  close(): void {
    this.#closed = true
    for (const detach of this.#attached.values()) detach()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #begin(text: string): QueryEnd {
    const startedAt = this.#settings.clock.now()
    return failed => this.#end(this.#fingerprinter.of(text), startedAt, failed)
  }

  #end(fingerprint: Fingerprint, startedAt: number, failed: boolean): void {
    const { clock, slowAfterMs, observer } = this.#settings
    const durationMs = clock.now() - startedAt
    const slow = durationMs >= slowAfterMs
    this.#counts.queries += 1
    if (failed) this.#counts.failures += 1
    this.#ledger.record(fingerprint, durationMs, failed)
    if (slow) {
      this.#counts.slow += 1
      this.#slow.push({ fingerprint: fingerprint.id, text: fingerprint.text, durationMs, startedAt, failed })
    }
    const outcome = failed ? 'failed' : 'ok'
    notify(observer, { type: 'query', outcome, durationMs, fingerprint: fingerprint.id, slow })
  }
}
