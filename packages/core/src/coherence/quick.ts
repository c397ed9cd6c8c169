/**
 * The shortest way to a hit: what `peek` judged good is marked so in the tier, and while nothing has changed that might speak
 * against it, only its date and the lease of the bus are looked at. Three comparisons instead of a judgement.
 *
 * The lease is that of the last judgement: a beat that came since only lengthens it. Copies that are trusted for their own age,
 * with the bus silent, are judged each time.
 */
import type { Entry } from '../entry.ts'
import type { MarkedValues } from '../tier.ts'
import { epochOf, type Parts } from './parts.ts'

export interface QuickValues {
  /** `undefined` says nothing: the way of `peek` tells. */
  value(key: string): unknown
}

export interface Quick extends QuickValues {
  /** What `peek` found good. */
  note(key: string, entry: Entry): void
}

export function createQuick(parts: Parts): Quick | undefined {
  const [tier] = parts.tiers
  // Dates of two clocks cannot be compared.
  if (tier?.scope !== 'process' || tier.marked?.clock !== parts.clock) return undefined
  return new MarkingQuick(parts, tier.name, tier.marked)
}

class MarkingQuick implements Quick {
  readonly #parts: Parts
  readonly #tier: string
  readonly #marked: MarkedValues
  readonly #mark: { readonly now: number }
  #trustedUntil = Number.NEGATIVE_INFINITY

  constructor(parts: Parts, tier: string, marked: MarkedValues) {
    this.#parts = parts
    this.#tier = tier
    this.#marked = marked
    this.#mark = parts.mark
  }

  value(key: string): unknown {
    return this.#marked.valueMarked(key, this.#mark.now, this.#trustedUntil)
  }

  note(key: string, entry: Entry): void {
    const { negative, checkedAt = Number.NEGATIVE_INFINITY } = entry
    const { bus, clock, guards, mark, ledger } = this.#parts
    const { trustedSince, leaseMs } = bus.sync()
    const copy = {
      now: clock.turn(),
      leaseMs,
      trustedSince,
      checkedAt,
      epoch: epochOf(this.#parts, this.#tier),
    }
    if (negative || !guards.trustsBeat(copy)) return
    if (ledger.verdict({ key, entry, scope: 'process' }).kind !== 'valid') return
    this.#trustedUntil = trustedSince + leaseMs
    this.#marked.mark(key, mark.now)
  }
}
