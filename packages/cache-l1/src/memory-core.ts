/** What a tier and its namespaces share: the store, its timer, the bounds as configured, and who is open. */
import { InvalidOptionError } from '@greenlang/core'
import { Housekeeper } from './housekeeper.ts'
import type { KeySpace } from './key-space.ts'
import type { MemoryView } from './memory-view.ts'
import { type Bounds, boundsUnder } from './pressure.ts'
import type { Settings } from './settings.ts'
import { Store } from './store.ts'

/** `release` is called once, when the view is closed and its keys are gone. */
export type ViewMaker<T> = (name: string, release: (space: KeySpace) => void) => MemoryView<T>

export class MemoryCore<T> {
  readonly settings: Settings<T>
  readonly store: Store<T>
  /** Makes a view of its own key space: the tier itself, or a namespace. */
  readonly view: ViewMaker<T>
  readonly #housekeeper: Housekeeper
  #configured: Bounds
  #pressureAt = Number.POSITIVE_INFINITY
  #closed = false

  constructor(settings: Settings<T>, view: ViewMaker<T>) {
    this.view = view
    this.settings = settings
    this.#configured = settings
    this.#housekeeper = new Housekeeper(settings.clock, now => this.#work(now))
    this.store = new Store(settings, at => this.#housekeeper.wakeBy(at))
    if (settings.pressure !== undefined) {
      this.#pressureAt = settings.clock.now() + settings.pressure.everyMs
      this.#housekeeper.wakeBy(this.#pressureAt)
    }
  }

  resize(bounds: Partial<Bounds>): void {
    const { maxEntries = this.#configured.maxEntries, maxBytes = this.#configured.maxBytes } = bounds
    if (bounds.maxBytes !== undefined && this.store.bytes === undefined)
      throw new InvalidOptionError(
        'maxBytes',
        'given at construction where it is to be changed: only then are bytes counted',
        maxBytes,
      )
    this.#configured = { maxEntries, maxBytes }
    this.store.resize(maxEntries, maxBytes)
    this.store.removals?.tell()
  }

  /** All key spaces are closed already. */
  close(): void {
    this.#closed = true
    this.#housekeeper.close()
  }

  /** A recorder that throws costs nobody a read. */
  recordLatency(durationMs: number): void {
    try {
      this.settings.latency.record(durationMs)
    } catch {
      // Dropped, as promised.
    }
  }

  /** Does what is due and says when the next thing is. */
  #work(now: number): number {
    if (this.#closed) return Number.POSITIVE_INFINITY
    if (now >= this.#pressureAt) this.#watchPressure(now)
    const next = Math.min(this.store.sweep(now), this.#pressureAt)
    // A listener may have closed it meanwhile.
    return this.#closed ? Number.POSITIVE_INFINITY : next
  }

  #watchPressure(now: number): void {
    const { pressure } = this.settings
    if (pressure === undefined) return
    this.#pressureAt = now + pressure.everyMs
    const { store } = this
    const present = { maxEntries: store.maxEntries, maxBytes: store.maxBytes }
    const held = { maxEntries: store.count, maxBytes: store.bytes ?? 0 }
    const next = boundsUnder(pressure, { configured: this.#configured, present, held })
    store.resize(next.maxEntries, next.maxBytes)
  }
}
