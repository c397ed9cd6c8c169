import { ClosedError, type Entry, type Stamp } from '@greenlang/core'

export interface FlightOptions {
  readonly tags: readonly string[]
  /** Stale entry that was met on the way, if any. */
  readonly stale: Entry | undefined
}

/** One search for a value, by tiers and then by a load, and everybody who waits for it. */
export function createFlight(options: FlightOptions): Flight {
  return new Flight(options)
}

class Flight {
  readonly outcome: Promise<unknown>
  readonly tags: readonly string[]
  /** What the bus knew as the load began; `undefined` until then. */
  stamp: Stamp | undefined
  /** Callers that wait for the outcome. */
  callers = 1
  readonly #abort = new AbortController()
  #stale: Entry | undefined
  #mayFallBack = true
  #settled = false
  #resolve: (value: unknown) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor({ tags, stale }: FlightOptions) {
    this.tags = tags
    this.#stale = stale
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get settled(): boolean {
    return this.#settled
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** The newest value that may stand in for a load that fails. */
  get stale(): Entry | undefined {
    return this.#mayFallBack ? this.#stale : undefined
  }

  meetStale(entry: Entry): void {
    if (this.#stale === undefined || entry.createdAt > this.#stale.createdAt) this.#stale = entry
  }

  revokeStale(): void {
    this.#mayFallBack = false
  }

  resolve(value: unknown): void {
    this.#settled = true
    this.#resolve(value)
  }

  reject(error: unknown): void {
    this.#settled = true
    this.#reject(error)
  }

  /** The cache closes: nobody waits any longer, and the load is told to stop. */
  abandon(subject: string): void {
    const error = new ClosedError(subject)
    this.reject(error)
    this.#abort.abort(error)
  }
}

export type { Flight }
