/**
 * Single flight. The first caller who finds nothing in memory starts a flight: through the slower tiers, then the load.
 * Those who come while it lasts wait for it. The value goes to memory, then the callers are released, then the other
 * tiers are filled.
 *
 * Nobody is given a value older than an invalidation that was acknowledged before he asked:
 * - of the key: the flight is detached from its key (`keys.ts`), so later callers start another;
 * - of a tag: whoever comes compares the tags, his and the flight's, with what the bus knew as the load began;
 * - and what was loaded is stored only if neither has happened since the load began.
 *
 * Where a load finds nothing, a stale value that was met on the way goes too: grace must not bring it back.
 */
import { type Clock, createEntry, type Entry, freshness } from '@greenlang/core'
import type { AnalyticsCounts } from './analytics.ts'
import type { Background } from './background.ts'
import type { Loader } from './cache-types.ts'
import type { Coherence } from './coherence.ts'
import type { EntrySettings } from './entry-settings.ts'
import { createFlight, type Flight } from './flight.ts'
import { beginUnder, type KeyState, type Keys, mayStore } from './keys.ts'
import type { Lookup, Unanswered } from './lookup.ts'
import type { Store } from './store.ts'

export interface LoadsOptions {
  /** How errors name the cache. */
  readonly subject: string
  readonly keys: Keys
  readonly lookup: Lookup
  readonly store: Store
  readonly coherence: Coherence
  readonly background: Background
  readonly counts: AnalyticsCounts
  readonly clock: Clock
}

/** A caller whom the first tier could not serve. */
export interface Ask {
  readonly key: string
  readonly load: Loader<unknown>
  readonly settings: EntrySettings
  readonly unanswered: Unanswered
}

export function createLoads(options: LoadsOptions): Loads {
  return new Loads(options)
}

const noTags: readonly string[] = []

class Loads {
  readonly #options: LoadsOptions
  /** One for each load under way: as many as there are keys that callers wait for. */
  readonly #flights = new Set<Flight>()
  #closed = false

  constructor(options: LoadsOptions) {
    this.#options = options
  }

  /** @throws The loader's own error, or ClosedError. */
  value(ask: Ask): Promise<unknown> {
    const { keys, counts } = this.#options
    const flight = keys.flight(ask.key)
    if (flight === undefined || !this.#mayJoin(flight, ask)) return this.#start(ask)
    counts.join()
    flight.callers += 1
    return flight.outcome
  }

  close(): void {
    this.#closed = true
    for (const flight of this.#flights) flight.abandon(this.#options.subject)
  }

  /** Before its load began a flight reads tiers only, and judges what it finds by then. */
  #mayJoin({ stamp, tags }: Flight, ask: Ask): boolean {
    if (stamp === undefined) return true
    const { coherence } = this.#options
    return coherence.holds(tags, stamp) && coherence.holds(ask.settings.tags ?? noTags, stamp)
  }

  #start(ask: Ask): Promise<unknown> {
    const { keys } = this.#options
    const state = keys.hold(ask.key)
    const flight = createFlight({ tags: ask.settings.tags ?? noTags, stale: ask.unanswered.stale })
    state.flight = flight
    this.#flights.add(flight)
    void this.#fly(flight, ask, state)
    return flight.outcome
  }

  /** Never rejects: whatever happens is the outcome of the flight. */
  async #fly(flight: Flight, ask: Ask, state: KeyState): Promise<void> {
    try {
      const { key, unanswered } = ask
      const { from } = unanswered
      const onStale = (entry: Entry) => flight.meetStale(entry)
      const entry = await this.#options.lookup.find({ key, state, from, onStale })
      if (entry !== undefined) this.#land(flight, state, entry.value)
      else if (this.#closed) flight.abandon(this.#options.subject)
      else await this.#loadInto(flight, ask, state)
    } catch (error) {
      this.#fail(flight, state, error)
    } finally {
      this.#flights.delete(flight)
      this.#options.keys.release(ask.key, state)
    }
  }

  async #loadInto(flight: Flight, ask: Ask, state: KeyState): Promise<void> {
    const { coherence, clock, store, background } = this.#options
    const begun = beginUnder(state)
    const stamp = coherence.known
    flight.stamp = stamp
    const value = await this.#load(flight, ask.load)
    const overtaken = !mayStore(state, begun) || !coherence.holds(flight.tags, stamp)
    if (value === undefined && !overtaken && flight.stale !== undefined) store.remove(ask.key)
    if (value === undefined || overtaken || flight.settled) return this.#land(flight, state, value)
    const load = {
      key: ask.key,
      state,
      begun,
      entry: createEntry(value, ask.settings, { clock, stamp }),
    }
    if (store.keep(load)) this.#land(flight, state, value)
    // One step later, so that the callers go first.
    const filled = Promise.resolve().then(() => store.fill(load))
    background.track(filled)
    await filled
    this.#land(flight, state, value)
  }

  async #load(flight: Flight, load: Loader<unknown>): Promise<unknown> {
    const { clock, counts } = this.#options
    const begun = clock.now()
    try {
      const value = await load({ stale: flight.stale, signal: flight.signal })
      counts.load(value === undefined ? 'absent' : 'found', clock.now() - begun)
      return value
    } catch (error) {
      counts.load('failed', clock.now() - begun)
      throw error
    }
  }

  #fail(flight: Flight, state: KeyState, error: unknown): void {
    const { clock, counts } = this.#options
    const { stale } = flight
    if (stale === undefined || !mayStandIn(stale, clock.now())) {
      leave(flight, state)
      flight.reject(error)
      return
    }
    if (!flight.settled) counts.staleServed(flight.callers)
    this.#land(flight, state, stale.value)
  }

  #land(flight: Flight, state: KeyState, value: unknown): void {
    leave(flight, state)
    flight.resolve(value)
  }
}

export type { Loads }

/** Nobody joins it any more. */
function leave(flight: Flight, state: KeyState): void {
  if (state.flight === flight) state.flight = undefined
}

/** Grace is opted into: without it, a value that was invalidated early does not stand in either. */
function mayStandIn(entry: Entry, now: number): boolean {
  return entry.expiresAt > entry.staleAt && freshness(entry, now) !== 'expired'
}
