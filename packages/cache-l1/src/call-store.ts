import { type Clock, createNegativeEntry, type Duration } from '@greenlang/core'
import { type MemoryTier, memoryTier } from './memory-tier.ts'
import type { MemoryTierOptions } from './options.ts'

/** What is kept of calls with one `this`, and the loads under way. */
export class CallStore {
  readonly tier: MemoryTier
  readonly flights = new Map<string, Promise<unknown>>()
  /** Counts what was forgotten: a load during which it changes may be older than that, and is not kept. */
  changes = 0
  readonly #negative: [{ ttl?: Duration }, { clock?: Clock }]

  constructor(options: MemoryTierOptions) {
    this.tier = memoryTier(options)
    const { ttl, clock } = options
    this.#negative = [ttl === undefined ? {} : { ttl }, clock === undefined ? {} : { clock }]
  }

  /** `undefined` is kept as an entry that says that there is nothing. */
  keep(key: string, value: unknown): void {
    try {
      if (value === undefined) this.tier.set(key, createNegativeEntry(...this.#negative))
      else this.tier.put(key, value)
    } catch {
      // Closed meanwhile, or a value that cannot be cloned or weighed: the caller has it all the same.
    }
  }

  foundNothing(key: string): boolean {
    return this.tier.get(key)?.negative === true
  }

  forget(key: string): void {
    this.changes += 1
    this.flights.delete(key)
    this.tier.deleteMany([key])
  }

  clear(): void {
    this.#forgetFlights()
    this.tier.clear()
  }

  close(): void {
    this.#forgetFlights()
    this.tier.close()
  }

  #forgetFlights(): void {
    this.changes += 1
    this.flights.clear()
  }
}
