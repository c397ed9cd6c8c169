/**
 * The bus as the engine may rely on it. One that was closed by its owner costs propagation, never a request: it stands
 * where it stood last.
 *
 * Where nothing can be lost (`leaseMs` is `Infinity`), trust is told as everlasting and the lease as nothing: a copy is
 * then believed for what the ledger says of it and never for its youth, or a tag that the ledger had no room for would
 * come back to life. Such a bus moves on by its frames only, so it is asked once for each of them and not for each read.
 */
import type {
  BusEvent,
  BusSync,
  Clock,
  Contract,
  Frame,
  Invalidation,
  InvalidationBus,
  Published,
  Rule,
  Rules,
  Stamp,
  Unsubscribe,
} from '@greenlang/core'

export interface SteadyBus extends InvalidationBus {
  /** History of a bus that loses nothing, and so is of this process alone; `undefined` for any other. */
  readonly ownHistory: string | undefined
  /** For how long private copies were not believed while they were asked for, in ms. */
  readonly bypassedMs: number
}

/** `close` stops listening; the bus itself is left open. @throws ClosedError for a bus that is closed already. */
export function steadyBus(bus: InvalidationBus, clock: Clock): SteadyBus {
  return new LastingBus(bus, clock)
}

class LastingBus implements SteadyBus {
  readonly contract: Contract
  readonly ownHistory: string | undefined
  readonly #bus: InvalidationBus
  readonly #unsubscribe: Unsubscribe
  readonly #clock: Clock
  #last: BusSync
  #bypassedMs = 0

  constructor(bus: InvalidationBus, clock: Clock) {
    this.contract = bus.contract
    this.#bus = bus
    this.#clock = clock
    const sync = bus.sync()
    this.ownHistory = sync.leaseMs === Number.POSITIVE_INFINITY ? sync.known.history : undefined
    this.#last = this.#told(sync)
    // The first to listen: whoever hears a frame through this bus finds it moved on.
    this.#unsubscribe = bus.subscribe(() => this.#ask())
  }

  async publish(invalidation: Invalidation, from?: string): Promise<Published> {
    const published = await this.#bus.publish(invalidation, from)
    this.#ask()
    return published
  }

  subscribe(listener: (frame: Frame) => void): Unsubscribe {
    return this.#bus.subscribe(listener)
  }

  watch(listener: (event: BusEvent) => void): Unsubscribe {
    return this.#bus.watch(listener)
  }

  sync(): BusSync {
    if (this.ownHistory === undefined) this.#ask()
    return this.#last
  }

  resume(after: Stamp): void {
    this.#bus.resume(after)
  }

  rules(since: Stamp, tags?: readonly string[]): Promise<Rules> {
    return this.#bus.rules(since, tags)
  }

  retire(rule: Rule): Promise<void> {
    return this.#bus.retire(rule)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get bypassedMs(): number {
    const { trustedSince, leaseMs } = this.#last
    return this.#bypassedMs + Math.max(0, this.#clock.now() - trustedSince - leaseMs)
  }

  #ask(): void {
    try {
      const told = this.#told(this.#bus.sync())
      // The lease of the last beat ran out before this one began.
      const gapMs = told.trustedSince - this.#last.trustedSince - this.#last.leaseMs
      if (gapMs > 0 && Number.isFinite(gapMs)) this.#bypassedMs += gapMs
      this.#last = told
    } catch {
      // Closed by its owner.
    }
  }

  #told(sync: BusSync): BusSync {
    if (this.ownHistory === undefined) return sync
    const { known, applied } = sync
    return { known, applied, trustedSince: Number.POSITIVE_INFINITY, leaseMs: 0 }
  }
}
