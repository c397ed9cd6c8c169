/**
 * A tier as the engine sees it: what fails is counted and told, changes are waited for by `close`, and what it returns is
 * made fit to be judged.
 *
 * - An entry that says that there is nothing counts as none: this cache keeps no such entries, and asks the loader.
 *   Stored, it takes away what was there.
 * - Where the bus is of this process alone, nothing can be known of what others invalidated. An entry of another history
 *   is then good if it has no tags: with other processes, and over a restart, such a cache is coherent by ttl.
 * - What came back from a private tier without `checkedAt` is vouched for if this process put it there.
 */
import {
  type Awaitable,
  type Contract,
  type Entry,
  type Fills,
  isThenable,
  type Journal,
  type MarkedValues,
  type Tier,
  type TierOperation,
  type TierStats,
} from '@greenlang/core'
import { removes } from './absence.ts'
import type { Background } from './background.ts'
import type { Emitter } from './emitter.ts'
import type { Reach } from './reach.ts'
import type { TierCounts } from './tier-counts.ts'
import { createVouchers, type Vouchers } from './vouchers.ts'

export interface ObservedTierOptions {
  /** Guarded, and in order; with fills where it is shared. */
  readonly tier: Tier
  readonly counts: TierCounts
  readonly emitter: Emitter
  readonly background: Background
  readonly reach: Reach
  /** Of a bus that is of this process alone. */
  readonly ownHistory: string | undefined
}

/** Copies that may wait for a private tier; one beyond them is not stored there. */
const mostPendingSets = 1_024
/** Keys of a private tier that are vouched for: some 10 MB. */
const mostVouchers = 65_536

export function observeTier(options: ObservedTierOptions): Tier {
  return new ObservedTier(options)
}

class ObservedTier implements Tier {
  readonly name: string
  readonly scope: Tier['scope']
  readonly contract: Contract
  readonly guarded: boolean
  readonly fills?: Fills
  readonly journal?: Journal
  readonly marked?: MarkedValues
  readonly #tier: Tier
  readonly #options: ObservedTierOptions
  /** Of a private tier without a journal that takes its time; memory keeps what it is given. */
  #vouchers: Vouchers | undefined
  #pendingSets = 0

  constructor(options: ObservedTierOptions) {
    const { tier } = options
    this.name = tier.name
    this.scope = tier.scope
    this.contract = tier.contract
    this.guarded = tier.guarded
    this.#tier = tier
    this.#options = options
    if (tier.fills) this.fills = this.#observeFills(tier.fills)
    if (tier.marked) this.marked = tier.marked
    // A bus of this process alone has no order that lasts longer than the process.
    if (tier.journal && options.ownHistory === undefined) this.journal = tier.journal
  }

  get(key: string): Awaitable<Entry | undefined> {
    let answer: Awaitable<Entry | undefined>
    try {
      answer = this.#tier.get(key)
    } catch (error) {
      throw this.#failed('get', error)
    }
    if (!isThenable(answer)) return answer && this.#fit(key, answer)
    this.#options.counts.local = false
    return answer.then(
      entry => entry && this.#fit(key, entry),
      error => {
        throw this.#failed('get', error)
      },
    )
  }

  getMany(keys: readonly string[], signal?: AbortSignal): Awaitable<ReadonlyMap<string, Entry>> {
    return this.#tier.getMany(keys, signal)
  }

  set(key: string, entry: Entry): Awaitable<void> {
    if (removes(entry)) return this.deleteMany([key])
    if (this.#pendingSets >= mostPendingSets) return
    const stored = this.#change('set', () => this.#tier.set(key, entry))
    if (!isThenable(stored)) return
    this.#pendingSets += 1
    this.#vouchFor(key, entry)
    const end = () => {
      this.#pendingSets -= 1
    }
    stored.then(end, end)
    return stored
  }

  setMany(entries: ReadonlyMap<string, Entry>): Awaitable<void> {
    return this.#change('set', () => this.#tier.setMany(entries))
  }

  deleteMany(keys: readonly string[]): Awaitable<void> {
    this.#vouchers?.drop(keys)
    return this.#remove(keys, 'delete', () => this.#tier.deleteMany(keys))
  }

  invalidateMany(keys: readonly string[]): Awaitable<void> {
    return this.#remove(keys, 'invalidate', () => this.#tier.invalidateMany(keys))
  }

  clear(): Awaitable<void> {
    this.#vouchers?.clear()
    return this.#change('clear', () => this.#tier.clear())
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

  #vouchFor(key: string, entry: Entry): void {
    if (this.scope === 'shared' || this.journal) return
    this.#vouchers ??= createVouchers(mostVouchers)
    this.#vouchers.put(key, entry)
  }

  #fit(key: string, entry: Entry): Entry | undefined {
    if (removes(entry)) return undefined
    const { ownHistory } = this.#options
    const vouched = this.#vouchers?.vouch(key, entry) ?? entry
    if (ownHistory === undefined) return vouched
    const { stamp, tags, checkedAt } = vouched
    const isForeign = stamp.history !== ownHistory && tags.length === 0
    const isUnchecked = checkedAt === undefined && this.scope === 'process'
    if (!isForeign && !isUnchecked) return vouched
    return {
      ...vouched,
      ...(isForeign && { stamp: { history: ownHistory, sequence: 0 } }),
      // No other process invalidates here, so nothing was missed.
      ...(isUnchecked && { checkedAt: 0 }),
    }
  }

  #observeFills(fills: Fills): Fills {
    return {
      claim: (keys, options) => this.#attempt('get', () => fills.claim(keys, options)),
      fill: (key, entry, token, options) => this.#change('set', () => fills.fill(key, entry, token, options)),
      renew: token => this.#attempt('set', () => fills.renew(token)),
      release: token => this.#change('set', () => fills.release(token)),
      write: (key, entry, options) => this.#change('set', () => fills.write(key, entry, options)),
      bury: (key, version) => this.#change('delete', () => fills.bury(key, version)),
      // It may take long, and the next one can do it.
      sweep: (target, before) => this.#attempt('clear', () => fills.sweep(target, before)),
      watch: listener => fills.watch(listener),
    }
  }

  #remove(keys: readonly string[], operation: TierOperation, remove: () => Awaitable<void>): Awaitable<void> {
    const note = (done: Awaitable<boolean>) => this.#options.reach.note(keys, this.name, done)
    try {
      const removed = this.#change(operation, remove)
      if (!isThenable(removed)) return note(true)
      note(removed.then(succeed, fail))
      return removed
    } catch (error) {
      note(false)
      throw error
    }
  }

  #change<R>(operation: TierOperation, change: () => Awaitable<R>): Awaitable<R> {
    const changed = this.#attempt(operation, change)
    if (isThenable(changed)) this.#options.background.track(changed)
    return changed
  }

  #attempt<R>(operation: TierOperation, action: () => Awaitable<R>): Awaitable<R> {
    try {
      const answer = action()
      if (!isThenable(answer)) return answer
      return answer.then(undefined, error => {
        throw this.#failed(operation, error)
      })
    } catch (error) {
      throw this.#failed(operation, error)
    }
  }

  #failed(operation: TierOperation, error: unknown): unknown {
    this.#options.counts.failures += 1
    this.#options.emitter.emit({ type: 'tier-failure', tier: this.name, operation, error })
    return error
  }
}

const succeed = () => true
const fail = () => false
