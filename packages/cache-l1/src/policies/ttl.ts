/**
 * The entry that expires first goes first, use or no use. Nearly: the victim is the oldest of the earliest bucket of a
 * timing wheel, and a bucket is 1.024 s wide for what expires within a minute, wider for later dates (see
 * timing-wheel.ts). Entries that never expire go last, the oldest of them first. Overwriting moves an entry only if it
 * expires at another time now.
 */
import { countsTo, type EvictionPolicy, type SlotFacts } from '../policy.ts'
import { TimingWheel } from '../timing-wheel.ts'
import { filledUses } from './filled-uses.ts'

export function createTtl(facts: SlotFacts, now: () => number): EvictionPolicy {
  return new Ttl(facts, now)
}

class Ttl implements EvictionPolicy {
  uses: Uint8Array = new Uint8Array(0)
  readonly #facts: SlotFacts
  readonly #now: () => number
  readonly #wheel: TimingWheel

  constructor(facts: SlotFacts, now: () => number) {
    this.#facts = facts
    this.#now = now
    this.#wheel = new TimingWheel(now())
  }

  add(slot: number): void {
    this.#wheel.schedule(slot, this.#facts.expiresAt(slot))
  }

  use(): void {}

  change(slot: number): void {
    this.#wheel.schedule(slot, this.#facts.expiresAt(slot))
  }

  remove(slot: number): void {
    this.#wheel.cancel(slot)
  }

  evict(): number {
    // Time goes no further than the earliest bucket, so what has expired without having been removed still goes first.
    this.#wheel.approach(this.#now())
    const slot = this.#wheel.earliest()
    if (slot !== 0) this.#wheel.cancel(slot)
    return slot
  }

  grow(length: number): void {
    this.uses = filledUses(this.uses, length, countsTo)
    this.#wheel.grow(length)
  }

  clear(): void {
    this.uses = new Uint8Array(0)
    this.#wheel.clear()
  }
}
