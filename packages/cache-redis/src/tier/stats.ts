import type { CircuitState, TierStats } from '@greenlang/core'

/** What the tier did since it was made. */
export interface RedisTierStats extends TierStats {
  /** Where the circuit breaker stands. */
  readonly circuit: CircuitState
  /** Commands that were sent for `get`: one for all gets of a tick, in a cluster one for each slot, of 64 keys at most. */
  readonly reads: number
  /** Keys in those commands: `readKeys / reads` gets went together. */
  readonly readKeys: number
  /** Values as the codec wrote them, in bytes. */
  readonly bytesIn: number
  /** The same values as they were stored, in bytes. */
  readonly bytesStored: number
}

export type Counts = ReturnType<typeof newCounts>

export function newCounts() {
  const asTier = { hits: 0, misses: 0, sets: 0, deletes: 0, evictions: 0, rejected: 0, failures: 0 }
  return { ...asTier, reads: 0, readKeys: 0 }
}
