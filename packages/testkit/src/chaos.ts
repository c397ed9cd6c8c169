import {
  type Awaitable,
  type Claim,
  type ClaimOptions,
  type Clock,
  checkClock,
  checkNumber,
  checkOptions,
  type Duration,
  type Entry,
  type Fills,
  GreenlangError,
  type Journal,
  parseDuration,
  systemClock,
  type Tier,
  type TierStats,
} from '@greenlang/core'
import { seededRandom } from './seeded-random.ts'

export interface ChaosOptions {
  /** Seed of its randomness. A whole number >= 0; no default: print it when the test fails. */
  seed: number
  /** Share of operations that fail before they reach the tier. 0 to 1. Default `0`. */
  failRate?: number
  /** Wait before each operation. >= 0; `Infinity` hangs until its signal aborts. Default `0`. */
  delay?: Duration
  /** What `delay` is measured by. Default `systemClock`. */
  clock?: Clock
}

/** A tier that fails or dawdles on demand. */
export interface ChaosTier<T = unknown> extends Tier<T> {
  /** Share of operations that fail from now on. 0 to 1. */
  failRate: number
}

/** The failure that `chaos` was asked for. */
export class ChaosError extends GreenlangError {
  readonly code = 'CHAOS'
  /** Name of the tier that was kept from answering. */
  readonly tier: string

  constructor(tier: string) {
    super(`tier "${tier}" failed because the test asked for it (chaos)`)
    this.tier = tier
  }
}

/**
 * `tier`, but operations fail (with `ChaosError`, without effect) or wait, as the seed has it. `stats`, `close` and
 * `fills.watch` are left alone. It is asynchronous and not guarded, whatever `tier` is.
 */
export function chaos<T>(tier: Tier<T>, options: ChaosOptions): ChaosTier<T> {
  return new UnreliableTier(tier, options)
}

class UnreliableTier<T> implements ChaosTier<T> {
  readonly name: string
  readonly scope: Tier['scope']
  readonly contract: Tier['contract']
  readonly guarded = false
  readonly fills?: Fills<T>
  readonly journal?: Journal
  readonly #tier: Tier<T>
  readonly #random: () => number
  readonly #delayMs: number
  readonly #clock: Clock
  #failRate = 0

  constructor(tier: Tier<T>, options: ChaosOptions) {
    checkOptions('chaos', options, ['seed', 'failRate', 'delay', 'clock'])
    this.name = tier.name
    this.scope = tier.scope
    this.contract = tier.contract
    this.#tier = tier
    const { seed, failRate = 0, delay = 0, clock = systemClock } = options
    this.#random = seededRandom(seed)
    this.#delayMs = parseDuration('delay', delay, { minMs: 0 })
    this.#clock = checkClock('clock', clock)
    this.failRate = failRate
    if (tier.fills !== undefined) this.fills = this.#unreliableFills(tier.fills)
    if (tier.journal !== undefined) this.journal = this.#unreliableJournal(tier.journal)
  }

  get failRate(): number {
    return this.#failRate
  }

  set failRate(share: number) {
    this.#failRate = checkNumber('failRate', share, 0, 1)
  }

  get(key: string, signal?: AbortSignal): Promise<Entry<T> | undefined> {
    return this.#attempt(() => this.#tier.get(key, signal), signal)
  }

  getMany(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Entry<T>>> {
    return this.#attempt(() => this.#tier.getMany(keys, signal), signal)
  }

  set(key: string, entry: Entry<T>, signal?: AbortSignal): Promise<void> {
    return this.#attempt(() => this.#tier.set(key, entry, signal), signal)
  }

  setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Promise<void> {
    return this.#attempt(() => this.#tier.setMany(entries, signal), signal)
  }

  deleteMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#attempt(() => this.#tier.deleteMany(keys, signal), signal)
  }

  invalidateMany(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#attempt(() => this.#tier.invalidateMany(keys, signal), signal)
  }

  clear(signal?: AbortSignal): Promise<void> {
    return this.#attempt(() => this.#tier.clear(signal), signal)
  }

  stats(): TierStats {
    return this.#tier.stats()
  }

  close(): Awaitable<void> {
    return this.#tier.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #unreliableFills(fills: Fills<T>): Fills<T> {
    return {
      claim: (keys: readonly string[], options: ClaimOptions): Promise<ReadonlyMap<string, Claim<T>>> =>
        this.#attempt(() => fills.claim(keys, options)),
      fill: (key, entry, token, options) => this.#attempt(() => fills.fill(key, entry, token, options)),
      renew: token => this.#attempt(() => fills.renew(token)),
      release: token => this.#attempt(() => fills.release(token)),
      write: (key, entry, options) => this.#attempt(() => fills.write(key, entry, options)),
      bury: (key, version) => this.#attempt(() => fills.bury(key, version)),
      sweep: (target, before) => this.#attempt(() => fills.sweep(target, before)),
      watch: listener => fills.watch(listener),
    }
  }

  #unreliableJournal(journal: Journal): Journal {
    return {
      read: () => this.#attempt(() => journal.read()),
      mark: (stamp, removal) => this.#attempt(() => journal.mark(stamp, removal)),
      distrust: () => this.#attempt(() => journal.distrust()),
    }
  }

  async #attempt<R>(operation: () => Awaitable<R>, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted()
    // Drawn even where nothing can fail: a changed rate does not shift the fate of later operations.
    const fails = this.#random() < this.#failRate
    if (this.#delayMs > 0) await this.#clock.sleep(this.#delayMs, signal === undefined ? {} : { signal })
    if (fails) throw new ChaosError(this.name)
    return await operation()
  }
}
