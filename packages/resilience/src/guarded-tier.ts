import {
  type Awaitable,
  type ClaimOptions,
  type Contract,
  type Entry,
  type Fills,
  isThenable,
  type Journal,
  type Tier,
  type TierStats,
} from '@greenlang/core'
import type { Operation } from './deadline.ts'
import { createGuard, type Guard } from './guard.ts'
import { type GuardOptions, isNotMisuse } from './options.ts'

/**
 * The same tier with a deadline and a circuit breaker round each of its calls. Errors pass through as they are:
 * `DeadlineError`, `CircuitOpenError`, and the tier's own. Results that come at once, without a promise, stay so. An
 * aborted `signal` frees the caller; the call itself ends by itself or by the deadline. `close` closes the tier.
 * @throws InvalidOptionError for a bad option.
 */
export function guard<T>(tier: Tier<T>, options: GuardOptions = {}): Tier<T> {
  return new GuardedTier(tier, createGuard({ name: `tier "${tier.name}"`, ...options }))
}

class GuardedTier<T> implements Tier<T> {
  readonly name: string
  readonly scope: 'process' | 'shared'
  readonly contract: Contract
  readonly guarded = true
  readonly fills?: Fills<T>
  readonly journal?: Journal
  readonly #tier: Tier<T>
  readonly #guard: Guard
  #failures = 0
  #closing: Promise<void> | undefined

  constructor(tier: Tier<T>, guard: Guard) {
    this.name = tier.name
    this.scope = tier.scope
    this.contract = tier.contract
    this.#tier = tier
    this.#guard = guard
    if (tier.fills) this.fills = this.#guardFills(tier.fills)
    if (tier.journal) this.journal = this.#guardJournal(tier.journal)
  }

  get(key: string, signal?: AbortSignal): Awaitable<Entry<T> | undefined> {
    return this.#call(inner => this.#tier.get(key, inner), signal)
  }

  getMany(keys: readonly string[], signal?: AbortSignal): Awaitable<ReadonlyMap<string, Entry<T>>> {
    return this.#call(inner => this.#tier.getMany(keys, inner), signal)
  }

  set(key: string, entry: Entry<T>, signal?: AbortSignal): Awaitable<void> {
    return this.#call(inner => this.#tier.set(key, entry, inner), signal)
  }

  setMany(entries: ReadonlyMap<string, Entry<T>>, signal?: AbortSignal): Awaitable<void> {
    return this.#call(inner => this.#tier.setMany(entries, inner), signal)
  }

  deleteMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void> {
    return this.#call(inner => this.#tier.deleteMany(keys, inner), signal)
  }

  invalidateMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void> {
    return this.#call(inner => this.#tier.invalidateMany(keys, inner), signal)
  }

  clear(signal?: AbortSignal): Awaitable<void> {
    return this.#call(inner => this.#tier.clear(inner), signal)
  }

  /** The tier knows its own failures, the guard also those of the deadline and the open circuit: never count twice. */
  stats(): TierStats {
    const stats = this.#tier.stats()
    return { ...stats, failures: Math.max(stats.failures, this.#failures) }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#guard.close()
    await this.#tier.close()
  }

  #guardFills(fills: Fills<T>): Fills<T> {
    return {
      claim: (keys: readonly string[], options: ClaimOptions) => this.#call(() => fills.claim(keys, options)),
      fill: (key, entry, token, options) => this.#call(() => fills.fill(key, entry, token, options)),
      renew: token => this.#call(() => fills.renew(token)),
      release: token => this.#call(() => fills.release(token)),
      write: (key, entry, options) => this.#call(() => fills.write(key, entry, options)),
      bury: (key, version) => this.#call(() => fills.bury(key, version)),
      sweep: (target, before) => this.#call(() => fills.sweep(target, before)),
      // It asks nothing of the tier's other side, so there is nothing to wait for.
      watch: listener => fills.watch(listener),
    }
  }

  #guardJournal(journal: Journal): Journal {
    return {
      read: () => this.#call(() => journal.read()),
      // Nobody waits for these, and one that a deadline or an open circuit left out would have to be taken for lost trust.
      mark: (stamp, removal) => journal.mark(stamp, removal),
      distrust: () => journal.distrust(),
    }
  }

  #call<R>(operation: Operation<R>, signal?: AbortSignal): Awaitable<R> {
    if (this.#closing || this.#guard.state !== 'closed' || signal?.aborted)
      return this.#counted(this.#guard.run(operation, signal), signal)
    const abandoned = new AbortController()
    const result = startNow(operation, abandoned.signal)
    if (!isThenable(result)) return result
    const awaited: Operation<R> = deadline => {
      deadline.addEventListener('abort', () => abandoned.abort(deadline.reason), { once: true })
      return result
    }
    return this.#counted(this.#guard.run(awaited, signal), signal)
  }

  async #counted<R>(outcome: Promise<R>, signal: AbortSignal | undefined): Promise<R> {
    try {
      return await outcome
    } catch (error) {
      const left = signal?.aborted && error === signal.reason
      if (!left && isNotMisuse(error)) this.#failures += 1
      throw error
    }
  }
}

/** An operation that throws at once is one that failed: the breaker must hear of it. */
function startNow<R>(operation: Operation<R>, signal: AbortSignal): Awaitable<R> {
  try {
    return operation(signal)
  } catch (error) {
    return Promise.reject(error)
  }
}
