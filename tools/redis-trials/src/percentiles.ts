export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** By the nearest rank; 0 for none. @param count How many there are, with those left out because they are 0. */
export function percentiles(values: readonly number[], count = values.length): Percentiles {
  const sorted = Float64Array.from(values).sort()
  const all = Math.max(Math.floor(count), sorted.length)
  const at = (share: number) => sorted[Math.ceil(all * share) - 1 - (all - sorted.length)] ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: sorted.at(-1) ?? 0 }
}
