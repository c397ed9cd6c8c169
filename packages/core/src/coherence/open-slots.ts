/**
 * The slots that nobody has filled or released yet. One whose holder has thrown would hold its key for ever, so each ends by
 * itself after the longest load; the oldest at once where there are too many; all of them as the engine closes.
 */
import type { Clock } from '../clock.ts'
import { attempt } from './parts.ts'

export interface OpenSlot {
  readonly isOpen: boolean
  end(): void
}

export interface OpenSlots {
  /** @param onEnd Called once. `isOver`: its time was over, or too many came after it. */
  open(onEnd: (isOver: boolean) => void): OpenSlot
}

export interface OpenSlotsOptions {
  readonly clock: Clock
  /** Life of a slot, in ms. */
  readonly lifeMs: number
  /** Ends all of them. */
  readonly closing: AbortSignal
  readonly most: number
}

export function createOpenSlots(options: OpenSlotsOptions): OpenSlots {
  return new AgingSlots(options)
}

/** In the order of their ends, for all live equally long: one timer is enough. */
class AgingSlots implements OpenSlots {
  readonly #options: OpenSlotsOptions
  readonly #open = new Set<AgingSlot>()
  #isWatched = false

  constructor(options: OpenSlotsOptions) {
    this.#options = options
    options.closing.addEventListener('abort', () => {
      for (const slot of this.#open) slot.end()
    })
  }

  open(onEnd: (isOver: boolean) => void): OpenSlot {
    const { clock, lifeMs, most, closing } = this.#options
    const slot = new AgingSlot(clock.now() + lifeMs, isOver => {
      this.#open.delete(slot)
      onEnd(isOver)
    })
    this.#open.add(slot)
    if (closing.aborted) slot.end()
    if (this.#open.size > most) this.#oldest()?.expire()
    if (!this.#isWatched) void this.#watch()
    return slot
  }

  #oldest(): AgingSlot | undefined {
    const [oldest] = this.#open
    return oldest
  }

  async #watch(): Promise<void> {
    const { clock, closing } = this.#options
    this.#isWatched = true
    for (let next = this.#oldest(); next && !closing.aborted; next = this.#oldest()) {
      const pauseMs = Math.max(1, next.endsAt - clock.now())
      await attempt(() => clock.sleep(pauseMs, { ref: false, signal: closing }))
      for (const slot of this.#open) {
        if (slot.endsAt > clock.now()) break
        slot.expire()
      }
    }
    this.#isWatched = false
  }
}

class AgingSlot implements OpenSlot {
  readonly endsAt: number
  readonly #onEnd: (isOver: boolean) => void
  isOpen = true

  constructor(endsAt: number, onEnd: (isOver: boolean) => void) {
    this.endsAt = endsAt
    this.#onEnd = onEnd
  }

  end(): void {
    this.#end(false)
  }

  expire(): void {
    this.#end(true)
  }

  #end(isOver: boolean): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#onEnd(isOver)
  }
}
