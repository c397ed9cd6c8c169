/**
 * The same tier, but calls for a key happen in their order, as the contract has it: a delete that was called after a set
 * takes effect after it, however long the set takes, and a read that comes then finds nothing.
 *
 * It sits inside the guard's deadline on purpose. The deadline frees the caller of a set that hangs, but the set may still
 * take effect; a delete that follows must wait for that end, not for the deadline. So a write's own signal does not reach
 * the tier either: a tier may reject at once when it aborts and write all the same. A call whose signal aborts while it
 * waits is dropped.
 *
 * Answers that come at once, without a promise, stay so while nothing is under way for the key. Fills and journal are
 * passed on as they are: a tier that has them keeps its own order.
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
  type TierStats,
} from '@greenlang/core'

/** @param keepOpen Whether `close` leaves the tier open. Default `false`. */
export function inOrder(tier: Tier, keepOpen = false): Tier {
  return new OrderedTier(tier, keepOpen)
}

class OrderedTier implements Tier {
  readonly name: string
  readonly scope: Tier['scope']
  readonly contract: Contract
  readonly guarded: boolean
  readonly fills?: Fills
  readonly journal?: Journal
  readonly marked?: MarkedValues
  readonly #tier: Tier
  readonly #keepOpen: boolean
  /** The last change of each key that has not ended. */
  readonly #lastOfKey = new Map<string, Promise<unknown>>()
  #lastClear: Promise<unknown> | undefined

  constructor(tier: Tier, keepOpen: boolean) {
    this.name = tier.name
    this.scope = tier.scope
    this.contract = tier.contract
    this.guarded = tier.guarded
    this.#tier = tier
    this.#keepOpen = keepOpen
    if (tier.fills) this.fills = tier.fills
    if (tier.journal) this.journal = tier.journal
    if (tier.marked) this.marked = tier.marked
  }

  get(key: string, signal?: AbortSignal): Awaitable<Entry | undefined> {
    if (this.#lastOfKey.size === 0 && this.#lastClear === undefined) return this.#tier.get(key, signal)
    return startAfter([this.#lastClear, this.#lastOfKey.get(key)], () => this.#tier.get(key, signal), signal)
  }

  getMany(keys: readonly string[], signal?: AbortSignal): Awaitable<ReadonlyMap<string, Entry>> {
    return this.#tier.getMany(keys, signal)
  }

  set(key: string, entry: Entry, signal?: AbortSignal): Awaitable<void> {
    return this.#change([key], () => this.#tier.set(key, entry), signal)
  }

  setMany(entries: ReadonlyMap<string, Entry>, signal?: AbortSignal): Awaitable<void> {
    return this.#change([...entries.keys()], () => this.#tier.setMany(entries), signal)
  }

  deleteMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void> {
    return this.#change(keys, () => this.#tier.deleteMany(keys), signal)
  }

  invalidateMany(keys: readonly string[], signal?: AbortSignal): Awaitable<void> {
    return this.#change(keys, () => this.#tier.invalidateMany(keys), signal)
  }

  clear(signal?: AbortSignal): Awaitable<void> {
    const before = [this.#lastClear, ...this.#lastOfKey.values()]
    const cleared = startAfter(before, () => this.#tier.clear(), signal)
    if (!isThenable(cleared)) return
    const ended = settled(cleared)
    this.#lastClear = ended
    void ended.then(() => {
      if (this.#lastClear === ended) this.#lastClear = undefined
    })
    return cleared
  }

  stats(): TierStats {
    return this.#tier.stats()
  }

  close(): Awaitable<void> {
    if (!this.#keepOpen) return this.#tier.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #change(keys: readonly string[], change: () => Awaitable<void>, signal?: AbortSignal): Awaitable<void> {
    const before = [this.#lastClear, ...keys.map(key => this.#lastOfKey.get(key))]
    const changed = startAfter(before, change, signal)
    if (!isThenable(changed)) return
    const ended = settled(changed)
    for (const key of keys) this.#lastOfKey.set(key, ended)
    void ended.then(() => {
      for (const key of keys) if (this.#lastOfKey.get(key) === ended) this.#lastOfKey.delete(key)
    })
    return changed
  }
}

function startAfter<R>(
  before: readonly (Promise<unknown> | undefined)[],
  call: () => Awaitable<R>,
  signal: AbortSignal | undefined,
): Awaitable<R> {
  const pending = new Set(before.filter(each => each !== undefined))
  if (pending.size === 0) return call()
  return Promise.all(pending).then(() => {
    signal?.throwIfAborted()
    return call()
  })
}

/** Resolves when `change` ends, either way. */
function settled(change: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(change).catch(() => undefined)
}
