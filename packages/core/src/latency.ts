/**
 * Counts durations in buckets whose width is a fixed share (4.4 %) of their value, so any percentile is right to
 * within that share at a fixed cost: 4 kB and one logarithm a record. The buckets reach from 100 ns to 23 minutes; the
 * first and last hold what lies beyond. `metrics` supplies an HDR histogram behind the same contract.
 */
export interface LatencyRecorder {
  /** Records one duration in ms. Negative values and NaN count as 0. */
  record(durationMs: number): void
  snapshot(): LatencySnapshot
}

/** All in ms, since creation. Zeros while nothing was recorded. */
export interface LatencySnapshot {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

const perOctave = 16
const smallestMs = 1e-4
const buckets = 540

export function createLatencyRecorder(): LatencyRecorder {
  return new LogBucketRecorder()
}

class LogBucketRecorder implements LatencyRecorder {
  readonly #counts = new Float64Array(buckets)
  #count = 0
  #sum = 0
  #max = 0

  record(durationMs: number): void {
    const ms = Number.isNaN(durationMs) ? 0 : Math.max(durationMs, 0)
    const index =
      ms <= smallestMs ? 0 : Math.min(buckets - 1, Math.ceil(Math.log2(ms / smallestMs) * perOctave))
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#count += 1
    this.#sum += ms
    if (ms > this.#max) this.#max = ms
  }

  snapshot(): LatencySnapshot {
    const mean = this.#count === 0 ? 0 : this.#sum / this.#count
    return {
      count: this.#count,
      mean,
      p50: this.#at(0.5),
      p95: this.#at(0.95),
      p99: this.#at(0.99),
      max: this.#max,
    }
  }

  /** Nearest rank, then the upper edge of its bucket, never above the maximum seen. */
  #at(share: number): number {
    let left = Math.ceil(this.#count * share)
    if (left === 0) return 0
    for (let index = 0; index < buckets - 1; index += 1) {
      left -= this.#counts[index] ?? 0
      if (left <= 0) return Math.min(this.#max, smallestMs * 2 ** (index / perOctave))
    }
    return this.#max
  }
}
