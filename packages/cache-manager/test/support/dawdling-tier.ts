import type { Clock, Contract, Entry, Tier, TierStats } from '@greenlang/core'
import { type MapTier, mapTier } from './map-tier.ts'

export interface DawdlingTierOptions {
  readonly name: string
  readonly scope: Tier['scope']
  readonly clock: Clock
  readonly random: () => number
  /** Share of operations that fail: half of them before they take effect, half of them after. */
  readonly failRate: number
}

/** Longest wait before an effect, and after it, in ms. */
const longestWaitMs = 4
/** One in fifty stalls that long before its effect, past any deadline of the tests. */
const stallMs = 60
const stallRate = 0.02

/**
 * A tier that answers when it likes and fails when it likes, and whose writes go on after their signal has aborted. Not
 * even in order: a set may overtake the delete that was called before it.
 */
export function dawdlingTier(options: DawdlingTierOptions): DawdlingTier {
  return new DawdlingTier(options)
}

export class DawdlingTier implements Tier {
  readonly name: string
  readonly scope: Tier['scope']
  readonly contract: Contract
  readonly guarded = false
  readonly #map: MapTier
  readonly #options: DawdlingTierOptions

  constructor(options: DawdlingTierOptions) {
    this.name = options.name
    this.scope = options.scope
    this.#map = mapTier(options)
    this.contract = this.#map.contract
    this.#options = options
  }

  /** As by eviction. */
  forget(key: string): void {
    this.#map.entries.delete(key)
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#run(() => this.#map.get(key))
  }

  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    return this.#run(() => this.#map.getMany(keys))
  }

  set(key: string, entry: Entry): Promise<void> {
    return this.#run(() => this.#map.set(key, entry))
  }

  setMany(entries: ReadonlyMap<string, Entry>): Promise<void> {
    return this.#run(() => this.#map.setMany(entries))
  }

  deleteMany(keys: readonly string[]): Promise<void> {
    return this.#run(() => this.#map.deleteMany(keys))
  }

  invalidateMany(keys: readonly string[]): Promise<void> {
    return this.#run(() => this.#map.invalidateMany(keys))
  }

  clear(): Promise<void> {
    return this.#run(() => this.#map.clear())
  }

  stats(): TierStats {
    return this.#map.stats()
  }

  async close(): Promise<void> {
    await this.#map.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run<R>(effect: () => R | PromiseLike<R>): Promise<R> {
    const { clock, random, failRate } = this.#options
    const [fate, moment] = [random(), random()]
    await clock.sleep(random() < stallRate ? stallMs : random() * longestWaitMs)
    if (fate < failRate && moment < 0.5) throw new Error('failed before it took effect')
    const result = await effect()
    await clock.sleep(random() * longestWaitMs)
    if (fate < failRate) throw new Error('failed after it took effect')
    return result
  }
}
