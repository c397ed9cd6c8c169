/** Brings one invalidation to the cache, again after a failure, and keeps the ones that were given up. */
import { type Clock, type InvalidationMode, notify } from '@greenlang/core'
import { createNaps, type Naps } from './naps.ts'
import type { DeadLetter, InvalidationAnswer, InvalidationRequest, Invalidator } from './rule-types.ts'

export interface Order {
  readonly event: string
  readonly target: InvalidationRequest
  readonly mode: InvalidationMode
}

export type Delivered =
  | { readonly kind: 'applied'; readonly answer: InvalidationAnswer }
  | { readonly kind: 'failed'; readonly error: unknown }

export interface DeliveryPlan {
  readonly target: Invalidator
  readonly retries: number
  readonly maxDeadLetters: number
  /** Most that may wait for another try. */
  readonly maxWaiting: number
  readonly onError: (error: unknown, event: string) => void
  readonly clock: Clock
}

export interface Delivery {
  readonly deadLetters: readonly DeadLetter[]
  /** Never rejects. */
  deliver(order: Order): Promise<Delivered>
  /** The dead letters, which are none of its own from now on. */
  takeDeadLetters(): readonly DeadLetter[]
  /** Says that a rule failed. */
  tell(error: unknown, event: string): void
  /** From now on nothing waits before another try. */
  hurry(): void
}

const firstWaitMs = 100
const longestWaitMs = 10_000

export function createDelivery(plan: DeliveryPlan): Delivery {
  return new RetryingDelivery(plan)
}

class RetryingDelivery implements Delivery {
  readonly #plan: DeliveryPlan
  readonly #naps: Naps
  #letters: DeadLetter[] = []
  #hurried = false

  constructor(plan: DeliveryPlan) {
    this.#plan = plan
    this.#naps = createNaps(plan.clock)
  }

  get deadLetters(): readonly DeadLetter[] {
    return [...this.#letters]
  }

  async deliver(order: Order): Promise<Delivered> {
    for (let failures = 0; ; failures += 1) {
      try {
        const { target, mode } = order
        return { kind: 'applied', answer: await this.#plan.target.invalidate(target, { mode }) }
      } catch (error) {
        if (failures < this.#plan.retries && (await this.#paused(failures))) continue
        this.#giveUp(order, error)
        return { kind: 'failed', error }
      }
    }
  }

  takeDeadLetters(): readonly DeadLetter[] {
    const taken = this.#letters
    this.#letters = []
    return taken
  }

  tell(error: unknown, event: string): void {
    notify(() => this.#plan.onError(error, event), undefined)
  }

  hurry(): void {
    this.#hurried = true
    this.#naps.wakeAll()
  }

  /** Whether there may be another try. */
  async #paused(failures: number): Promise<boolean> {
    if (this.#hurried) return true
    if (this.#naps.count >= this.#plan.maxWaiting) return false
    await this.#naps.sleep(Math.min(firstWaitMs * 2 ** failures, longestWaitMs))
    return true
  }

  #giveUp({ event, target, mode }: Order, error: unknown): void {
    this.#letters.push({ event, target, mode, error, at: this.#plan.clock.now() })
    if (this.#letters.length > this.#plan.maxDeadLetters) this.#letters.shift()
    this.tell(error, event)
  }
}
