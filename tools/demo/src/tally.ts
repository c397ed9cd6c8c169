/** What was measured of one kind of request in one phase. */
import { build, type Histogram } from 'hdr-histogram-js'

export interface Tally {
  requests: number
  errors: number
  staleReads: number
  /** Answered with a stale value that said so. */
  grace: number
  /** Tier name, `load`, `join`, `grace` or `database` → how many requests were answered from there. */
  readonly servedFrom: Map<string, number>
  /** Microseconds. */
  readonly latency: Histogram
}

const highestUs = 60_000_000

export function createTally(): Tally {
  const latency = build({ highestTrackableValue: highestUs, numberOfSignificantValueDigits: 3 })
  return { requests: 0, errors: 0, staleReads: 0, grace: 0, servedFrom: new Map(), latency }
}

export function recordRequest(tally: Tally, durationMs: number, servedFrom: string): void {
  tally.requests += 1
  tally.latency.recordValue(Math.min(highestUs, Math.round(durationMs * 1000)))
  tally.servedFrom.set(servedFrom, (tally.servedFrom.get(servedFrom) ?? 0) + 1)
}

export function percentileMs(tally: Tally, percentile: number): number {
  return tally.latency.getValueAtPercentile(percentile) / 1000
}

/** All of them as one. */
export function mergeTallies(tallies: Iterable<Tally>): Tally {
  const whole = createTally()
  for (const tally of tallies) {
    whole.requests += tally.requests
    whole.errors += tally.errors
    whole.staleReads += tally.staleReads
    whole.grace += tally.grace
    whole.latency.add(tally.latency)
    for (const [name, count] of tally.servedFrom)
      whole.servedFrom.set(name, (whole.servedFrom.get(name) ?? 0) + count)
  }
  return whole
}

/** Hits of a tier as a share of the look-ups that reached it; `undefined` if none did. `tiers` fastest first. */
export function hitRatio(tally: Tally, tiers: readonly string[], tier: string): number | undefined {
  let reached = tally.requests - (tally.servedFrom.get('database') ?? 0)
  // A joined caller looked in memory only: the load it joined had gone on to the slower tiers.
  const joined = tally.servedFrom.get('join') ?? 0
  for (const name of tiers) {
    const hits = tally.servedFrom.get(name) ?? 0
    if (name === tier) return reached <= 0 ? undefined : hits / reached
    reached -= hits
    if (name === tiers[0]) reached -= joined
  }
  return undefined
}
