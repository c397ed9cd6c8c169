import type { Contract, Entry, Tier, TierStats } from '@greenlang/core'
import { deferred } from './deferred.ts'
import { type MapTier, type MapTierOptions, mapTier } from './map-tier.ts'

type Operation = 'get' | 'set' | 'deleteMany' | 'invalidateMany' | 'clear'

/** An asynchronous tier whose single calls a test can hold, and fail, one by one. */
export function heldTier(options: MapTierOptions & { guarded?: boolean } = {}): HeldTier {
  return new HeldTier(options)
}

/** A call that was stopped. It ends when the test says so. */
export interface Held {
  /** Whether a call has come. */
  readonly reached: Promise<void>
  release(): void
}

interface Stop {
  readonly operation: Operation
  /** `before`: without effect so far. `after`: done, the answer is held back. */
  readonly when: 'before' | 'after'
  reach(): void
  readonly released: Promise<void>
}

export class HeldTier implements Tier {
  readonly name: string
  readonly scope: Tier['scope']
  readonly contract: Contract
  readonly guarded: boolean
  readonly map: MapTier
  /** Operations that fail, from now on, without effect. */
  readonly failing = new Set<Operation>()
  readonly calls: Operation[] = []
  readonly #stops: Stop[] = []

  constructor({ guarded = true, ...options }: MapTierOptions & { guarded?: boolean }) {
    this.map = mapTier({ name: 'slow', scope: 'shared', ...options })
    this.name = this.map.name
    this.scope = this.map.scope
    this.contract = this.map.contract
    this.guarded = guarded
  }

  /** Stops the next call of `operation`. */
  hold(operation: Operation, when: Stop['when'] = 'before'): Held {
    const reached = deferred()
    const released = deferred()
    this.#stops.push({ operation, when, reach: reached.resolve, released: released.promise })
    return { reached: reached.promise, release: released.resolve }
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#run('get', () => this.map.get(key))
  }

  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    return this.#run('get', () => this.map.getMany(keys))
  }

  set(key: string, entry: Entry): Promise<void> {
    return this.#run('set', () => this.map.set(key, entry))
  }

  setMany(entries: ReadonlyMap<string, Entry>): Promise<void> {
    return this.#run('set', () => this.map.setMany(entries))
  }

  deleteMany(keys: readonly string[]): Promise<void> {
    return this.#run('deleteMany', () => this.map.deleteMany(keys))
  }

  invalidateMany(keys: readonly string[]): Promise<void> {
    return this.#run('invalidateMany', () => this.map.invalidateMany(keys))
  }

  clear(): Promise<void> {
    return this.#run('clear', () => this.map.clear())
  }

  stats(): TierStats {
    return this.map.stats()
  }

  async close(): Promise<void> {
    this.map.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run<R>(operation: Operation, effect: () => R): Promise<R> {
    this.calls.push(operation)
    const index = this.#stops.findIndex(stop => stop.operation === operation)
    const [stop] = index < 0 ? [] : this.#stops.splice(index, 1)
    if (stop?.when === 'before') {
      stop.reach()
      await stop.released
    } else await undefined
    if (this.failing.has(operation)) throw new Error(`${operation} was made to fail`)
    const result = effect()
    if (stop?.when === 'after') {
      stop.reach()
      await stop.released
    }
    return result
  }
}
